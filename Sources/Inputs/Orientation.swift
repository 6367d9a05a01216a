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
  /// The orientation in an image file; upright if there is none that can be read.
  ///
  /// Like Pillow, this looks at EXIF first, then at XMP.
  init(of format: ImageFormat, in bytes: Span<UInt8>) {
    self =
      switch format {
      case .png: Orientation.inPNG(bytes)
      case .jpeg: Orientation.inJPEG(bytes)
      case .webP: Orientation.inWebP(bytes)
      }
  }

  /// PNG specification, third edition, section 11.3.4 (eXIf), and XMP in an uncompressed iTXt chunk.
  private static func inPNG(_ bytes: Span<UInt8>) -> Orientation {
    var fromXMP: Orientation?
    var offset = 8
    while let length = bytes.integer(at: offset, bytes: 4, bigEndian: true),
      length <= bytes.count - offset - 12
    {
      let data = bytes.extracting(offset + 8..<offset + 8 + length)
      if bytes.matches("eXIf", at: offset + 4) {
        if let found = Orientation(exif: data) { return found }
      } else if bytes.matches("iTXt", at: offset + 4), data.matches("XML:com.adobe.xmp\0\0", at: 0) {
        fromXMP = Orientation(xmp: data)
      }
      offset += 12 + length
    }
    return fromXMP ?? .upright
  }

  /// JPEG segments (ITU-T T.81, annex B.1.1.4) up to the first scan.
  private static func inJPEG(_ bytes: Span<UInt8>) -> Orientation {
    var fromXMP: Orientation?
    var offset = 2
    while let marker = bytes.integer(at: offset, bytes: 2, bigEndian: true), marker >= 0xff00 {
      // Fill bytes, and markers without a segment.
      if marker == 0xffff {
        offset += 1
        continue
      }
      if marker == 0xff01 || (0xffd0...0xffd8).contains(marker) {
        offset += 2
        continue
      }
      if marker == 0xffd9 || marker == 0xffda { break }
      guard let length = bytes.integer(at: offset + 2, bytes: 2, bigEndian: true), length >= 2,
        length <= bytes.count - offset - 2
      else { break }
      let data = bytes.extracting(offset + 4..<offset + 2 + length)
      if marker == 0xffe1, data.matches("Exif\0\0", at: 0) {
        if let found = Orientation(exif: data) { return found }
      } else if marker == 0xffe1, data.matches("http://ns.adobe.com/xap/1.0/\0", at: 0) {
        fromXMP = Orientation(xmp: data)
      }
      offset += 2 + length
    }
    return fromXMP ?? .upright
  }

  private static func inWebP(_ bytes: Span<UInt8>) -> Orientation {
    var fromXMP: Orientation?
    var offset = 12
    while let chunk = WebPChunk(at: offset, in: bytes) {
      if bytes.matches("EXIF", at: offset) {
        if let found = Orientation(exif: bytes.extracting(chunk.payload)) { return found }
      } else if bytes.matches("XMP ", at: offset) {
        fromXMP = Orientation(xmp: bytes.extracting(chunk.payload))
      }
      offset = chunk.end
    }
    return fromXMP ?? .upright
  }

  /// Tag 274 in the first directory of a TIFF structure, with or without the EXIF prefix.
  init?(exif data: Span<UInt8>) {
    let start = data.matches("Exif\0\0", at: 0) ? 6 : 0
    let bigEndian = data.matches("MM\0*", at: start)
    guard bigEndian || data.matches("II*\0", at: start),
      let directory = data.integer(at: start + 4, bytes: 4, bigEndian: bigEndian),
      let entries = data.integer(at: start + directory, bytes: 2, bigEndian: bigEndian)
    else { return nil }
    var found: Orientation?
    for entry in 0..<entries {
      let offset = start + directory + 2 + 12 * entry
      guard let tag = data.integer(at: offset, bytes: 2, bigEndian: bigEndian) else { break }
      guard tag == 274,
        let type = data.integer(at: offset + 2, bytes: 2, bigEndian: bigEndian),
        data.integer(at: offset + 4, bytes: 4, bigEndian: bigEndian) == 1,
        // SHORT or LONG, signed or unsigned.
        let size = [3: 2, 4: 4, 8: 2, 9: 4][type],
        let value = data.integer(at: offset + 8, bytes: size, bigEndian: bigEndian)
      else { continue }
      // A value outside 1...8 counts as upright.
      found = Orientation(rawValue: value) ?? .upright
    }
    guard let found else { return nil }
    self = found
  }

  /// The first `tiff:Orientation="6"` or `<tiff:Orientation>6` in the text.
  init?(xmp data: Span<UInt8>) {
    let name: StaticString = "tiff:Orientation"
    var found: Orientation?
    for offset in 0..<data.count where found == nil && data.matches(name, at: offset) {
      var next = offset + name.utf8CodeUnitCount
      if data.matches("=\"", at: next) {
        next += 2
      } else if data.matches(">", at: next) {
        next += 1
      } else {
        continue
      }
      guard next < data.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(data[next]) else { continue }
      found = Orientation(rawValue: Int(data[next] - UInt8(ascii: "0"))) ?? .upright
    }
    guard let found else { return nil }
    self = found
  }
}
