import CImage

extension ImageFormat {
  /// Reads the header of the image in `file`; its rows are decoded on demand.
  func rows(of file: ImageBytes, bandBytes: Int) throws(ImageDefect) -> any RowSource {
    let whole = 0..<file.count
    switch self {
    case .png:
      let container = try PNGContainer(unsafe file.storage.span)
      return try LibraryRows(CIMAGE_PNG, in: 0..<container.end, of: file, bandBytes: bandBytes)
    case .jpeg: return try LibraryRows(CIMAGE_JPEG, in: whole, of: file, bandBytes: bandBytes)
    case .webP: return try ImageFormat.webPRows(of: file, bandBytes: bandBytes)
    case .tiff: return try LibraryRows(CIMAGE_TIFF, in: whole, of: file, bandBytes: bandBytes)
    case .gif: return DecodedRows(try GIFDecoder(unsafe file.storage.span), of: file)
    case .bmp: return DecodedRows(try BMPDecoder(unsafe file.storage.span), of: file)
    case .pnm: return DecodedRows(try PNMDecoder(unsafe file.storage.span), of: file)
    }
  }

  private static func webPRows(of file: ImageBytes, bandBytes: Int) throws(ImageDefect) -> any RowSource {
    let container = try WebPContainer(in: unsafe file.storage.span)
    let frame = try LibraryRows(CIMAGE_WEBP, in: container.frame, of: file, bandBytes: bandBytes)
    if let claimed = container.frameSize, claimed != (frame.width, frame.height) {
      throw .damaged(
        "the image is \(frame.width)x\(frame.height), the file says \(claimed.width)x\(claimed.height)")
    }
    guard let canvas = container.canvas, canvas != (frame.width, frame.height) else { return frame }
    return CanvasRows(
      width: canvas.width, height: canvas.height, image: frame, left: container.left, top: container.top)
  }
}
