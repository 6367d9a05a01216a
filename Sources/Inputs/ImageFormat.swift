/// The supported image formats, detected by content and never by file name.
package enum ImageFormat: Hashable, Sendable {
  case png
  case jpeg
  case webP

  /// The usual spelling of the format's name.
  package var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    case .webP: "WebP"
    }
  }

  /// How many bytes of a file ``init(recognizing:)`` and ``otherName(of:)`` need.
  static let prefixLength = 16

  /// The format of a file that starts with `prefix`, or `nil`.
  init?(recognizing prefix: [UInt8]) {
    if prefix.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if prefix.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if prefix.starts(with: "RIFF".utf8), prefix.dropFirst(8).starts(with: "WEBP".utf8) {
      self = .webP
    } else {
      return nil
    }
  }

  /// The kind of a file that starts with `prefix`, if it is one that users often pass by mistake.
  static func otherName(of prefix: [UInt8]) -> String? {
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      prefix.dropFirst(offset).starts(with: text.utf8)
    }
    if starts("GIF8") { return "a GIF image" }
    if starts("BM") && prefix.count >= 14 && prefix[6..<10].allSatisfy({ $0 == 0 }) { return "a BMP image" }
    if starts("II*\0") || starts("MM\0*") { return "a TIFF image" }
    if starts("ftypavif", at: 4) || starts("ftypavis", at: 4) { return "an AVIF image" }
    if starts("ftyphei", at: 4) || starts("ftypmif1", at: 4) { return "a HEIF image" }
    if starts("\0\0\0\u{c}jP  ") { return "a JPEG 2000 image" }
    if starts("\0\0\0\u{c}JXL ") || prefix.starts(with: [0xff, 0x0a]) { return "a JPEG XL image" }
    if starts("%PDF-") { return "a PDF document" }
    if starts("NUMPY", at: 1) && prefix.first == 0x93 { return "a NumPy array, which --tensor takes" }
    return nil
  }
}
