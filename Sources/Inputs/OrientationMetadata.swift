/// The metadata of an image in which Pillow's `exif_transpose` looks for an orientation.
///
/// EXIF data take precedence, then the raw EXIF profile of a PNG file; XMP counts only if they have no orientation.
/// If the EXIF data cannot be read, `exif_transpose` fails; here, the image stays as it is.
struct OrientationMetadata {
  /// EXIF data: a TIFF structure, usually after the prefix `Exif`.
  var exif: [UInt8]?
  /// ImageMagick's text form of EXIF data: three lines, then hexadecimal digits.
  var rawProfile: [UInt8]?
  /// An XMP packet.
  var xmp: [UInt8]?

  /// The TIFF tag of the orientation.
  static let tag = 274

  /// The orientation according to the metadata; upright if there is none.
  var orientation: Orientation {
    var data = exif
    if data == nil, let rawProfile {
      data = OrientationMetadata.bytes(ofRawProfile: rawProfile)
      if data == nil { return .upright }
    }
    if let data {
      let structure = OrientationMetadata.structure(in: data)
      if !structure.isEmpty {
        guard let directory = TIFFDirectory([Self.tag], in: structure.span, file: false) else {
          return .upright
        }
        if let value = directory[Self.tag] { return Orientation(value, of: directory, in: structure.span) }
      }
    }
    return xmp.flatMap { Orientation(xmp: $0.span) } ?? .upright
  }

  /// EXIF data without the prefix, which some encoders write twice.
  private static func structure(in data: [UInt8]) -> [UInt8] {
    var rest = data[...]
    for _ in 0..<2 where rest.starts(with: Array("Exif\0\0".utf8)) { rest = rest.dropFirst(6) }
    return Array(rest)
  }

  private static func bytes(ofRawProfile text: [UInt8]) -> [UInt8]? {
    let lines = text.split(separator: 0x0a, omittingEmptySubsequences: false).dropFirst(3)
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in lines.joined() {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue.map(UInt8.init) else {
        // White space may separate bytes, but not the two digits of a byte.
        if high == nil, character == 0x20 || (0x09...0x0d).contains(character) { continue }
        return nil
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    return high == nil ? bytes : nil
  }
}

extension Orientation {
  /// The orientation for a `value` of `directory`.
  init(_ value: TIFFDirectory.Value, of directory: TIFFDirectory, in bytes: Span<UInt8>) {
    // Any other value counts as present, but has no effect.
    self = directory.integer(value, in: bytes).flatMap { Orientation(rawValue: $0) } ?? .upright
  }

  /// `tiff:Orientation="6"` or `<tiff:Orientation>6`: the first in the text.
  init?(xmp data: Span<UInt8>) {
    let name: StaticString = "tiff:Orientation"
    for offset in 0..<data.count where data.matches(name, at: offset) {
      var next = offset + name.utf8CodeUnitCount
      if data.matches("=\"", at: next) {
        next += 2
      } else if data.matches(">", at: next) {
        next += 1
      } else {
        continue
      }
      guard let digit = data.integer(at: next, bytes: 1, bigEndian: true), (0x30...0x39).contains(digit)
      else {
        continue
      }
      self = Orientation(rawValue: digit - 0x30) ?? .upright
      return
    }
    return nil
  }
}
