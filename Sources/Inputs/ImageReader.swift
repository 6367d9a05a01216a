import CImage
import Files

/// Decodes an image in memory row by row, from the top, as 8-bit RGB in stored orientation.
///
/// Where the format allows, the decoded image is never in memory as a whole; see ``ImageLimits``. The pixels are those
/// of Pillow's `convert("RGB")`: alpha is dropped, not blended; 16-bit values lose their low byte, but 16-bit gray is
/// clamped to 255; four-component JPEGs are inverted CMYK. Of an animation, the first frame is decoded.
@safe package final class ImageReader {
  /// The format, detected by content.
  package let format: ImageFormat
  /// Pixels of a stored row.
  package let storedWidth: Int
  /// Stored rows.
  package let storedHeight: Int
  /// How the stored image has to be rotated or mirrored for display.
  package let orientation: Orientation

  /// For messages.
  let name: String
  private let bytes: UnsafeMutableBufferPointer<UInt8>
  private let decoder: OpaquePointer
  /// The position of the decoded frame in the image.
  private let frame: Frame
  private var nextStoredRow = 0
  /// A row of the image; empty if the frame fills the image.
  private let canvasRow: UnsafeMutableBufferPointer<UInt8>

  private struct Frame {
    var left = 0
    var top = 0
    var width: Int
    var height: Int
  }

  /// Columns in the displayed orientation.
  package var width: Int { orientation.swapsAxes ? storedHeight : storedWidth }

  /// Rows in the displayed orientation.
  package var height: Int { orientation.swapsAxes ? storedWidth : storedHeight }

  /// Reads the regular file at `path` and the header of its image.
  package convenience init(path: FilePath) throws(InputError) {
    let file: RegularFile
    do throws(FileError) { file = try RegularFile(path) } catch { throw .file(error) }
    let name = path.text
    // Check the format first: a large file of another kind should not be read.
    let prefix: [UInt8]
    do throws(FileError) {
      prefix = try file.bytes(at: 0, count: min(file.size, ImageFormat.prefixLength))
    } catch { throw .file(error) }
    let format = try ImageReader.format(of: prefix, name: name)
    guard file.size <= ImageLimits.fileBytes else {
      throw .fileTooLarge(path: name, bytes: file.size, limit: ImageLimits.fileBytes)
    }
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: file.size)
    do throws(FileError) {
      try unsafe file.read(at: 0, into: UnsafeMutableRawBufferPointer(bytes))
    } catch {
      unsafe bytes.deallocate()
      throw .file(error)
    }
    try unsafe self.init(owning: bytes, format: format, name: name, bandBytes: ImageLimits.bandBytes)
  }

  /// Reads the header of an image in memory; messages call it `name`.
  package convenience init(
    bytes source: [UInt8], name: String, bandBytes: Int = ImageLimits.bandBytes
  ) throws(InputError) {
    let format = try ImageReader.format(of: Array(source.prefix(ImageFormat.prefixLength)), name: name)
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: source.count)
    _ = unsafe bytes.initialize(from: source)
    try unsafe self.init(owning: bytes, format: format, name: name, bandBytes: bandBytes)
  }

  private static func format(of prefix: [UInt8], name: String) throws(InputError) -> ImageFormat {
    guard !prefix.isEmpty else { throw .empty(path: name) }
    if let format = ImageFormat(recognizing: prefix) { return format }
    if let other = ImageFormat.otherName(of: prefix) { throw .unsupportedFormat(path: name, name: other) }
    throw .notAnImage(path: name, firstBytes: Array(prefix.prefix(12)))
  }

  /// Takes ownership of `bytes`, even if it throws.
  private init(
    owning bytes: UnsafeMutableBufferPointer<UInt8>, format: ImageFormat, name: String, bandBytes: Int
  ) throws(InputError) {
    var decoder: OpaquePointer?
    var failure: InputError?
    var header = cimage_header()
    var container: WebPContainer?
    do throws(InputError) {
      if format == .webP {
        var problem = ""
        container = unsafe WebPContainer(in: bytes.span, problem: &problem)
        guard container != nil else { throw .corrupt(path: name, format: format, detail: problem) }
      }
      let image = unsafe UnsafeBufferPointer(rebasing: bytes[container?.frame ?? 0..<bytes.count])
      var message = cimage_message()
      let status = unsafe cimage_open(
        format.codec, image.baseAddress, image.count, bandBytes, &decoder, &header, &message)
      try ImageReader.check(status, message, format: format, name: name)
    } catch { failure = error }

    let decodedSize = (width: Int(header.width), height: Int(header.height))
    let size = container?.canvas ?? decodedSize
    if failure == nil {
      failure = ImageReader.problem(
        size: size, decodedSize: decodedSize, container: container, streams: header.streams != 0,
        format: format, name: name)
    }
    guard failure == nil, let decoder = unsafe decoder else {
      if let decoder = unsafe decoder { unsafe cimage_close(decoder) }
      unsafe bytes.deallocate()
      throw failure ?? .outOfMemory(path: name)
    }
    unsafe self.bytes = unsafe bytes
    unsafe self.decoder = unsafe decoder
    self.format = format
    self.name = name
    storedWidth = size.width
    storedHeight = size.height
    frame = Frame(
      left: container?.left ?? 0, top: container?.top ?? 0, width: decodedSize.width,
      height: decodedSize.height)
    orientation = unsafe Orientation(of: format, in: bytes.span)
    let fills = size == decodedSize
    unsafe canvasRow = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: fills ? 0 : 3 * size.width)
    unsafe canvasRow.initialize(repeating: 0)
  }

  deinit {
    unsafe cimage_close(decoder)
    unsafe bytes.deallocate()
    unsafe canvasRow.deallocate()
  }

  /// What is wrong with the sizes in the file, checked before memory is allocated for them.
  private static func problem(
    size: (width: Int, height: Int), decodedSize: (width: Int, height: Int), container: WebPContainer?,
    streams: Bool, format: ImageFormat, name: String
  ) -> InputError? {
    // Each extent is below 2^31, so the product fits.
    guard size.width * size.height > 0 else {
      return .corrupt(path: name, format: format, detail: "\(size.width)x\(size.height) pixels")
    }
    guard size.width * size.height <= ImageLimits.pixels else {
      return .tooManyPixels(
        path: name, width: size.width, height: size.height, limit: ImageLimits.pixels)
    }
    if let claimed = container?.frameSize, claimed != decodedSize {
      return .corrupt(
        path: name, format: format,
        detail: "the image is \(decodedSize.width)x\(decodedSize.height), "
          + "the file says \(claimed.width)x\(claimed.height)")
    }
    guard streams || decodedSize.width * decodedSize.height <= ImageLimits.pixelsAtOnce else {
      return .tooManyPixelsAtOnce(
        path: name, width: size.width, height: size.height, limit: ImageLimits.pixelsAtOnce)
    }
    return nil
  }

  /// The next stored row, 3 bytes a pixel; valid until the next call.
  ///
  /// Call it ``storedHeight`` times. The last row is returned only after the rest of the file has been checked.
  func nextRow() throws(InputError) -> UnsafeBufferPointer<UInt8> {
    let row = nextStoredRow - frame.top
    nextStoredRow += 1
    if unsafe canvasRow.isEmpty { return try unsafe nextFrameRow() }
    if row < 0 || row >= frame.height {
      unsafe canvasRow.update(repeating: 0)
    } else {
      let pixels = try unsafe nextFrameRow()
      _ = unsafe canvasRow[(3 * frame.left)...].update(fromContentsOf: pixels)
    }
    return unsafe UnsafeBufferPointer(canvasRow)
  }

  private func nextFrameRow() throws(InputError) -> UnsafeBufferPointer<UInt8> {
    var row: UnsafePointer<UInt8>?
    var message = cimage_message()
    let status = unsafe cimage_next_row(decoder, &row, &message)
    try ImageReader.check(status, message, format: format, name: name)
    return unsafe UnsafeBufferPointer(start: row, count: 3 * frame.width)
  }

  private static func check(
    _ status: cimage_status, _ message: cimage_message, format: ImageFormat, name: String
  ) throws(InputError) {
    switch status {
    case CIMAGE_OK: return
    case CIMAGE_OUT_OF_MEMORY: throw .outOfMemory(path: name)
    case CIMAGE_TOO_MANY_SCANS: throw .tooManyScans(path: name, limit: Int(CIMAGE_MAXIMUM_SCANS))
    default:
      let detail = unsafe withUnsafeBytes(of: message.text) { raw in
        unsafe String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw .corrupt(path: name, format: format, detail: detail)
    }
  }
}

extension ImageFormat {
  fileprivate var codec: cimage_format {
    switch self {
    case .png: CIMAGE_PNG
    case .jpeg: CIMAGE_JPEG
    case .webP: CIMAGE_WEBP
    }
  }
}
