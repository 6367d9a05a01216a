import CImage

/// Why an image cannot be decoded; ``InputError`` adds the file's path.
enum ImageDefect: Error, Hashable {
  /// A damaged, truncated or invalid image.
  case damaged(String)
  /// A valid image in a variant that is not supported.
  case unsupported(String)
  /// A JPEG with more scans than `CIMAGE_MAXIMUM_SCANS`.
  case tooManyScans
  /// The system had no memory.
  case outOfMemory
}

extension ImageDefect {
  /// The defect that a codec reported; `nil` if there is none.
  init?(_ status: cimage_status, _ message: cimage_message) {
    let text = unsafe withUnsafeBytes(of: message.text) { raw in
      unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    switch status {
    case CIMAGE_OK: return nil
    case CIMAGE_OUT_OF_MEMORY: self = .outOfMemory
    case CIMAGE_TOO_MANY_SCANS: self = .tooManyScans
    case CIMAGE_UNSUPPORTED: self = .unsupported(text)
    default: self = .damaged(text)
    }
  }
}
