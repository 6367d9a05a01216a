import CImage

/// The rows of an image as 8-bit RGB, from the top, in stored orientation.
protocol RowSource: AnyObject {
  /// Pixels of a row.
  var width: Int { get }
  /// Rows.
  var height: Int { get }
  /// Pixels that have to be in memory at a time because of the file's structure; 0 if a few rows are enough.
  var heldPixels: Int { get }

  /// Decodes the next row: 3 bytes per pixel, valid until the next call. Call it ``height`` times.
  func nextRow() throws(ImageDefect) -> UnsafeBufferPointer<UInt8>
}

/// Rows decoded by libpng, libjpeg-turbo, libwebp or libtiff.
@safe final class LibraryRows: RowSource {
  let width: Int
  let height: Int
  let heldPixels: Int
  private let file: ImageBytes
  private let decoder: OpaquePointer

  /// Reads the header of the image in `range` of `file`.
  init(
    _ format: cimage_format, in range: Range<Int>, of file: ImageBytes, bandBytes: Int
  ) throws(ImageDefect) {
    var opened: OpaquePointer?
    var header = cimage_header()
    var message = cimage_message()
    let bytes = unsafe UnsafeBufferPointer(rebasing: file.storage[range])
    let status = unsafe cimage_open(
      format, bytes.baseAddress, bytes.count, bandBytes, &opened, &header, &message)
    if let defect = ImageDefect(status, message) { throw defect }
    guard let decoder = unsafe opened else { throw .outOfMemory }
    self.file = file
    unsafe self.decoder = unsafe decoder
    width = Int(header.width)
    height = Int(header.height)
    heldPixels = Int(clamping: header.held_pixels)
  }

  deinit { unsafe cimage_close(decoder) }

  func nextRow() throws(ImageDefect) -> UnsafeBufferPointer<UInt8> {
    var row: UnsafePointer<UInt8>?
    var message = cimage_message()
    let status = unsafe cimage_next_row(decoder, &row, &message)
    if let defect = ImageDefect(status, message) { throw defect }
    return unsafe UnsafeBufferPointer(start: row, count: 3 * width)
  }
}

/// A decoder written in Swift: a value that gets the bytes with each call and keeps no pointer to them.
protocol RowDecoder {
  /// Pixels of a row.
  var width: Int { get }
  /// Rows.
  var height: Int { get }
  /// See ``RowSource/heldPixels``.
  var heldPixels: Int { get }

  /// Decodes the next row of the image in `bytes` into `row`, three bytes per pixel.
  mutating func decodeRow(from bytes: Span<UInt8>, into row: inout MutableSpan<UInt8>) throws(ImageDefect)
}

/// Rows decoded by a ``RowDecoder``.
@safe final class DecodedRows: RowSource {
  var width: Int { decoder.width }
  var height: Int { decoder.height }
  var heldPixels: Int { decoder.heldPixels }
  private let file: ImageBytes
  private var decoder: any RowDecoder
  private var row = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  init(_ decoder: any RowDecoder, of file: ImageBytes) {
    self.decoder = decoder
    self.file = file
  }

  deinit { unsafe row.deallocate() }

  func nextRow() throws(ImageDefect) -> UnsafeBufferPointer<UInt8> {
    if unsafe row.isEmpty {
      unsafe row = .allocate(capacity: 3 * width)
      unsafe row.initialize(repeating: 0)
    }
    var target = unsafe row.mutableSpan
    try decoder.decodeRow(from: unsafe file.storage.span, into: &target)
    return unsafe UnsafeBufferPointer(row)
  }
}

/// Rows of a black canvas with an image on it.
@safe final class CanvasRows: RowSource {
  let width: Int
  let height: Int
  var heldPixels: Int { image.heldPixels }
  private let image: any RowSource
  private let left: Int
  private let top: Int
  private var next = 0
  private var row = unsafe UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)

  /// A canvas with all of `image` on it, its top left pixel at `left` and `top`.
  init(width: Int, height: Int, image: any RowSource, left: Int, top: Int) {
    precondition(left >= 0 && left <= width - image.width && top >= 0 && top <= height - image.height)
    self.width = width
    self.height = height
    self.image = image
    self.left = left
    self.top = top
  }

  deinit { unsafe row.deallocate() }

  func nextRow() throws(ImageDefect) -> UnsafeBufferPointer<UInt8> {
    if unsafe row.isEmpty { unsafe row = .allocate(capacity: 3 * width) }
    unsafe row.initialize(repeating: 0)
    if next >= top && next < top + image.height {
      let pixels = try unsafe image.nextRow()
      _ = unsafe row[(3 * left)...].update(fromContentsOf: pixels)
    }
    next += 1
    return unsafe UnsafeBufferPointer(row)
  }
}
