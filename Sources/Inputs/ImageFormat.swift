/// The supported image formats, detected by content and never by file name.
package enum ImageFormat: Hashable, Sendable, CaseIterable {
  case png
  case jpeg
  case webP
  case tiff
  case gif
  case bmp
  case pnm

  /// The usual spelling of the format's name.
  package var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    case .webP: "WebP"
    case .tiff: "TIFF"
    case .gif: "GIF"
    case .bmp: "BMP"
    case .pnm: "PNM"
    }
  }

  /// How many bytes of a file ``init(recognizing:)`` and ``otherKind(of:)`` need.
  static let prefixLength = 18

  /// The format of a file that starts with `prefix`, or `nil`.
  init?(recognizing prefix: [UInt8]) {
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      prefix.dropFirst(offset).starts(with: text.utf8)
    }
    if prefix.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
      self = .png
    } else if prefix.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if starts("RIFF"), starts("WEBP", at: 8) {
      self = .webP
    } else if ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains(where: { starts($0) }) {
      self = .tiff
    } else if starts("GIF87a") || starts("GIF89a") {
      self = .gif
    } else if starts("BM"), prefix.count >= 18, prefix[14] >= 12, prefix[15..<18].allSatisfy({ $0 == 0 }) {
      // Many texts begin with these two letters: check the size of the second header as well.
      self = .bmp
    } else if prefix.count > 2, prefix[0] == UInt8(ascii: "P"),
      (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(prefix[1]),
      prefix[2] == 0x20 || (0x09...0x0d).contains(prefix[2])
    {
      self = .pnm
    } else {
      return nil
    }
  }

  /// The kind of files that start with `prefix`, if it is known but not supported, and what to do with them.
  static func otherKind(of prefix: [UInt8]) -> (name: String, advice: String)? {
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      prefix.dropFirst(offset).starts(with: text.utf8)
    }
    let name: String
    if starts("ftypavif", at: 4) || starts("ftypavis", at: 4) {
      name = "AVIF images"
    } else if ["ftyphei", "ftyphev", "ftypmif1", "ftypmsf1"].contains(where: { starts($0, at: 4) }) {
      name = "HEIC (HEIF) images"
    } else if starts("\0\0\0\u{c}jP  ") || prefix.starts(with: [0xff, 0x4f, 0xff, 0x51]) {
      name = "JPEG 2000 images"
    } else if starts("\0\0\0\u{c}JXL ") || prefix.starts(with: [0xff, 0x0a]) {
      name = "JPEG XL images"
    } else if starts("8BPS") {
      name = "Photoshop documents"
    } else if starts("P7\n") || starts("PF\n") || starts("Pf\n") {
      name = "PAM and PFM images"
    } else if prefix.starts(with: [0x00, 0x00, 0x01, 0x00]) {
      name = "icons"
    } else if starts("<svg") {
      name = "SVG images"
    } else if starts("%PDF-") {
      name = "PDF documents"
    } else if prefix.first == 0x93, starts("NUMPY", at: 1) {
      return ("NumPy arrays", "--tensor takes them, prepared as the network needs them")
    } else {
      return nil
    }
    return (name, "convert to PNG, JPEG or WebP")
  }

  /// The names of all formats for messages: `PNG, JPEG, … or PNM`.
  static let listed: String = {
    let names = allCases.map(\.name)
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }()
}
