/// How a stored image has to be rotated or mirrored for display: the values of EXIF tag 274.
///
/// CIPA DC-008-2019 (Exif 2.32), section 4.6.4, "Orientation".
package enum Orientation: Int, Hashable, Sendable, CaseIterable {
  case upright = 1
  case mirrored = 2
  case turnedHalf = 3
  case flipped = 4
  case transposed = 5
  case turnedRight = 6
  case transversed = 7
  case turnedLeft = 8

  /// Whether stored rows become columns.
  package var swapsAxes: Bool { rawValue >= 5 }

  /// Whether the stored columns run against the axis they become.
  var reversesColumns: Bool {
    switch self {
    case .mirrored, .turnedHalf, .transversed, .turnedLeft: true
    case .upright, .flipped, .transposed, .turnedRight: false
    }
  }

  /// Whether the stored rows run against the axis they become.
  var reversesRows: Bool {
    switch self {
    case .turnedHalf, .flipped, .turnedRight, .transversed: true
    case .upright, .mirrored, .transposed, .turnedLeft: false
    }
  }
}

// MARK: - Orientation in files

extension Orientation {
  /// The orientation in an image file, as Pillow's `exif_transpose` finds it; upright if there is none that can be
  /// read.
  init(of format: ImageFormat, in bytes: Span<UInt8>) {
    self =
      switch format {
      case .png: OrientationMetadata(ofPNG: bytes).orientation
      case .jpeg: OrientationMetadata(ofJPEG: bytes).orientation
      case .webP: OrientationMetadata(ofWebP: bytes).orientation
      case .tiff: Orientation(ofTIFF: bytes)
      case .gif, .bmp, .pnm: .upright
      }
  }

  private init(ofTIFF bytes: Span<UInt8>) {
    let xmp = 700
    guard let directory = TIFFDirectory([OrientationMetadata.tag, xmp], in: bytes, file: true) else {
      self = .upright
      return
    }
    if let value = directory[OrientationMetadata.tag] {
      self.init(value, of: directory, in: bytes)
    } else {
      self = directory[xmp].flatMap { Orientation(xmp: bytes.extracting($0.data)) } ?? .upright
    }
  }
}
