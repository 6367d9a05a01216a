import Files
import TensorCore

/// Decodes an image in memory row by row, from the top, as 8-bit RGB in stored orientation.
///
/// Where the format allows, the decoded image is never in memory as a whole; see ``ImageLimits``. The pixels are
/// those of Pillow's `convert("RGB")`: alpha is dropped, not blended; 16-bit values lose their low byte, but 16-bit
/// gray is clamped to 255; four-component JPEGs are inverted CMYK. Of an animation, the first frame is decoded.
@safe package final class ImageReader {
  /// The format, detected by content.
  package let format: ImageFormat
  /// How the stored image has to be rotated or mirrored for display.
  package let orientation: Orientation

  /// For messages.
  let name: String
  private let rows: any RowSource

  /// Pixels of a stored row.
  package var storedWidth: Int { rows.width }

  /// Stored rows.
  package var storedHeight: Int { rows.height }

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
    guard AvailableMemory.holds(file.size) else { throw .outOfMemory(path: name) }
    let bytes = ImageBytes(count: file.size)
    do throws(FileError) {
      try unsafe file.read(at: 0, into: UnsafeMutableRawBufferPointer(bytes.storage))
    } catch { throw .file(error) }
    try self.init(bytes, format: format, name: name, bandBytes: ImageLimits.bandBytes)
  }

  /// Reads the header of an image in memory; messages call it `name`.
  package convenience init(
    bytes: [UInt8], name: String, bandBytes: Int = ImageLimits.bandBytes
  ) throws(InputError) {
    let format = try ImageReader.format(of: Array(bytes.prefix(ImageFormat.prefixLength)), name: name)
    try self.init(ImageBytes(bytes), format: format, name: name, bandBytes: bandBytes)
  }

  private static func format(of prefix: [UInt8], name: String) throws(InputError) -> ImageFormat {
    guard !prefix.isEmpty else { throw .empty(path: name) }
    if let format = ImageFormat(recognizing: prefix) { return format }
    if let other = ImageFormat.otherKind(of: prefix) {
      throw .unsupportedFormat(path: name, name: other.name, advice: other.advice)
    }
    throw .notAnImage(path: name, firstBytes: Array(prefix.prefix(12)))
  }

  private init(_ bytes: ImageBytes, format: ImageFormat, name: String, bandBytes: Int) throws(InputError) {
    do throws(ImageDefect) {
      rows = try format.rows(of: bytes, bandBytes: bandBytes)
    } catch { throw InputError(error, path: name, format: format) }
    // Sizes are claims: check them before memory is allocated for them.
    let (pixels, isTooLarge) = rows.width.multipliedReportingOverflow(by: rows.height)
    guard !isTooLarge, pixels <= ImageLimits.pixels else {
      throw .tooManyPixels(path: name, width: rows.width, height: rows.height, limit: ImageLimits.pixels)
    }
    guard rows.heldPixels <= ImageLimits.pixelsAtOnce else {
      throw .tooManyPixelsAtOnce(
        path: name, width: rows.width, height: rows.height, limit: ImageLimits.pixelsAtOnce)
    }
    self.format = format
    self.name = name
    orientation = Orientation(of: format, in: unsafe bytes.storage.span)
  }

  /// The next stored row, 3 bytes a pixel; valid until the next call.
  ///
  /// Call it ``storedHeight`` times. The last row is returned only after everything that the pixels depend on has
  /// been checked.
  func nextRow() throws(InputError) -> UnsafeBufferPointer<UInt8> {
    do throws(ImageDefect) { return try unsafe rows.nextRow() } catch {
      throw InputError(error, path: name, format: format)
    }
  }
}
