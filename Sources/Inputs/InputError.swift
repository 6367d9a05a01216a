import CImage
import Files

/// An error in an image or in a list of images.
package enum InputError: Error, Hashable, Sendable {
  /// The file itself: missing, not regular, unreadable.
  case file(FileError)
  /// An empty file.
  case empty(path: String)
  /// More bytes than an image within the limits can have.
  case fileTooLarge(path: String, bytes: Int, limit: Int)
  /// Content that is not an image.
  case notAnImage(path: String, firstBytes: [UInt8])
  /// Content in a known format that is not supported.
  case unsupportedFormat(path: String, name: String, advice: String)
  /// An image with more pixels than the limit.
  case tooManyPixels(path: String, width: Int, height: Int, limit: Int)
  /// An image that has to be in memory as a whole and has more pixels than the limit for that.
  case tooManyPixelsAtOnce(path: String, width: Int, height: Int, limit: Int)
  /// A progressive JPEG with more scans than encoders write.
  case tooManyScans(path: String, limit: Int)
  /// A valid image of a supported format, in a variant that is not supported.
  case unsupported(path: String, format: ImageFormat, detail: String)
  /// A damaged, truncated or invalid image.
  case corrupt(path: String, format: ImageFormat, detail: String)
  /// The system had no memory for an image within the limits.
  case outOfMemory(path: String)
  /// A folder without images.
  case noImages(folder: String)
  /// The list of paths on standard input cannot be read.
  case unreadableList(errno: Int32)
  /// A path on standard input that is longer than the system allows.
  case pathTooLong(limit: Int)
}

extension InputError: CustomStringConvertible {
  /// One line: path, what, detail.
  package var description: String {
    switch self {
    case .file(let error):
      error.description
    case .empty(let path):
      "\(escaped(path)): the file is empty"
    case .fileTooLarge(let path, let bytes, let limit):
      "\(escaped(path)): too large for an image: \(bytes) bytes, the limit is \(limit)"
    case .notAnImage(let path, let firstBytes):
      "\(escaped(path)): not a \(ImageFormat.listed) image: first bytes \(InputError.preview(firstBytes))"
    case .unsupportedFormat(let path, let name, let advice):
      "\(escaped(path)): \(name) are not supported: \(advice)"
    case .unsupported(let path, let format, let detail):
      "\(escaped(path)): unsupported \(format.name) image: \(escaped(detail))"
    case .tooManyPixels(let path, let width, let height, let limit):
      "\(escaped(path)): too many pixels: \(width)x\(height), the limit is \(limit) pixels"
    case .tooManyPixelsAtOnce(let path, let width, let height, let limit):
      "\(escaped(path)): too many pixels: \(width)x\(height), the limit is \(limit) where the whole image "
        + "has to be held in memory: save it as PNG or baseline JPEG"
    case .tooManyScans(let path, let limit):
      "\(escaped(path)): too many scans in a progressive JPEG: the limit is \(limit)"
    case .corrupt(let path, let format, let detail):
      "\(escaped(path)): damaged \(format.name) image: \(escaped(detail))"
    case .outOfMemory(let path):
      "\(escaped(path)): not enough memory to decode the image"
    case .noImages(let folder):
      "\(escaped(folder)): no image in this folder: expected files ending in "
        + ImageList.extensions.map { ".\($0)" }.joined(separator: ", ")
    case .unreadableList(let code):
      "standard input: the list of images cannot be read: \(systemMessage(code))"
    case .pathTooLong(let limit):
      "standard input: a path is longer than \(limit) bytes: give one path a line, or separate them by NUL with -0"
    }
  }

  /// The error for a defect of the image at `path`.
  init(_ defect: ImageDefect, path: String, format: ImageFormat) {
    self =
      switch defect {
      case .damaged(let detail): .corrupt(path: path, format: format, detail: detail)
      case .unsupported(let detail): .unsupported(path: path, format: format, detail: detail)
      case .tooManyScans: .tooManyScans(path: path, limit: Int(CIMAGE_MAXIMUM_SCANS))
      case .outOfMemory: .outOfMemory(path: path)
      }
  }

  /// `"Hello" (48 65 6c 6c 6f)`: the bytes, with the text in front if it is printable.
  private static func preview(_ bytes: [UInt8]) -> String {
    let digits = bytes.map { (byte: UInt8) in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
      .joined(separator: " ")
    let isPrintable = bytes.allSatisfy { (0x20..<0x7f).contains($0) || (0x09...0x0d).contains($0) }
    guard isPrintable else { return digits }
    let text = bytes.map { $0 < 0x20 ? " " : String(UnicodeScalar($0)) }.joined()
    return "\"\(text)\" (\(digits))"
  }
}
