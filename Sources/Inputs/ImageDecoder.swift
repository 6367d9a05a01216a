import Files
import TensorCore

/// A decoded image in its displayed orientation: 8-bit RGB, row by row from the top.
package struct DecodedImage: Hashable, Sendable {
  /// Columns, with the orientation applied.
  package let width: Int
  /// Rows, with the orientation applied.
  package let height: Int
  /// `3 * width * height` bytes, red first.
  package let pixels: [UInt8]

  /// An image from its size and pixels.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(pixels.count == 3 * width * height, "three bytes a pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }
}

/// Decodes whole images.
///
/// For a resized crop, ``Preprocessor`` needs much less memory.
package enum ImageDecoder {
  /// Decodes the file at `path`.
  package static func decode(path: FilePath) throws(InputError) -> DecodedImage {
    try decode(ImageReader(path: path))
  }

  /// Decodes the file at `path`.
  package static func decode(path: String) throws(InputError) -> DecodedImage {
    try decode(path: FilePath(path))
  }

  /// The image in `bytes`; messages call it `name`.
  package static func decode(bytes: [UInt8], name: String) throws(InputError) -> DecodedImage {
    try decode(ImageReader(bytes: bytes, name: name))
  }

  /// All rows of a new `reader`, in the displayed orientation.
  package static func decode(_ reader: ImageReader) throws(InputError) -> DecodedImage {
    let (storedWidth, storedHeight) = (reader.storedWidth, reader.storedHeight)
    guard storedWidth * storedHeight <= ImageLimits.pixelsAtOnce else {
      throw .tooManyPixelsAtOnce(
        path: reader.name, width: reader.width, height: reader.height, limit: ImageLimits.pixelsAtOnce)
    }
    let orientation = reader.orientation
    guard AvailableMemory.holds(3 * storedWidth * storedHeight) else { throw .outOfMemory(path: reader.name) }
    var pixels = [UInt8](repeating: 0, count: 3 * storedWidth * storedHeight)
    var failure: InputError?
    unsafe pixels.withUnsafeMutableBufferPointer { target in
      do throws(InputError) {
        for storedRow in 0..<storedHeight {
          let row = try unsafe reader.nextRow()
          if orientation == .upright {
            _ = unsafe target[(3 * storedWidth * storedRow)...].update(fromContentsOf: row)
            continue
          }
          let line = orientation.reversesRows ? storedHeight - 1 - storedRow : storedRow
          for storedColumn in 0..<storedWidth {
            let place = orientation.reversesColumns ? storedWidth - 1 - storedColumn : storedColumn
            let pixel = orientation.swapsAxes ? place * storedHeight + line : line * storedWidth + place
            for channel in 0..<3 {
              unsafe target[3 * pixel + channel] = unsafe row[3 * storedColumn + channel]
            }
          }
        }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return DecodedImage(width: reader.width, height: reader.height, pixels: pixels)
  }
}
