/// A chunk of a RIFF file: name, length, payload, padding to an even length.
struct WebPChunk {
  /// Name, length and payload: libwebp accepts this as an image without a container.
  let whole: Range<Int>
  let payload: Range<Int>
  /// The offset of the next chunk.
  let end: Int

  /// The chunk at `offset`, or `nil` if it does not fit into the bytes.
  init?(at offset: Int, in bytes: Span<UInt8>) {
    guard let length = bytes.integer(at: offset + 4, bytes: 4, bigEndian: false),
      length <= bytes.count - offset - 8
    else { return nil }
    whole = offset..<offset + 8 + length
    payload = offset + 8..<offset + 8 + length
    end = payload.upperBound + length % 2
  }
}

/// The first image of a WebP file, and its position on the canvas.
///
/// RFC 9649, sections 2.3 to 2.7. Alpha is ignored.
struct WebPContainer {
  /// The VP8 or VP8L chunk, header included.
  let frame: Range<Int>
  /// Size of the canvas; `nil` for a simple file format, which has none.
  let canvas: (width: Int, height: Int)?
  /// Position of the frame's top left pixel on the canvas.
  let left: Int
  let top: Int
  /// The size of the frame according to the container; `nil` if only the frame itself has it.
  let frameSize: (width: Int, height: Int)?

  /// Finds the first image.
  init(in bytes: Span<UInt8>) throws(ImageDefect) {
    guard let size = bytes.integer(at: 4, bytes: 4, bigEndian: false), size >= 4, size <= bytes.count - 8
    else {
      throw .damaged("the file ends too early")
    }
    let file = bytes.extracting(0..<size + 8)
    guard file.matches("VP8X", at: 12) else {
      guard let frame = WebPContainer.imageChunk(from: 12, in: file) else {
        throw .damaged("no complete image chunk")
      }
      (self.frame, canvas, left, top, frameSize) = (frame, nil, 0, 0, nil)
      return
    }
    guard let header = WebPChunk(at: 12, in: file), header.payload.count >= 10,
      let width = file.integer(at: 24, bytes: 3, bigEndian: false),
      let height = file.integer(at: 27, bytes: 3, bigEndian: false)
    else {
      throw .damaged("the extended header is incomplete")
    }
    canvas = (width + 1, height + 1)
    let isAnimated = file[20] & 0x02 != 0
    guard isAnimated else {
      guard let frame = WebPContainer.imageChunk(from: header.end, in: file) else {
        throw .damaged("no complete image chunk")
      }
      (self.frame, left, top, frameSize) = (frame, 0, 0, (width + 1, height + 1))
      return
    }
    var offset = header.end
    while let chunk = WebPChunk(at: offset, in: file) {
      if file.matches("ANMF", at: offset) {
        let start = chunk.payload.lowerBound
        guard let x = file.integer(at: start, bytes: 3, bigEndian: false),
          let y = file.integer(at: start + 3, bytes: 3, bigEndian: false),
          let frameWidth = file.integer(at: start + 6, bytes: 3, bigEndian: false),
          let frameHeight = file.integer(at: start + 9, bytes: 3, bigEndian: false),
          let frame = WebPContainer.imageChunk(
            from: start + 16, in: file.extracting(0..<chunk.payload.upperBound)),
          2 * x + frameWidth <= width, 2 * y + frameHeight <= height
        else { break }
        self.frame = frame
        left = 2 * x
        top = 2 * y
        frameSize = (frameWidth + 1, frameHeight + 1)
        return
      }
      offset = chunk.end
    }
    throw .damaged("no complete first frame in the animation")
  }

  private static func imageChunk(from start: Int, in bytes: Span<UInt8>) -> Range<Int>? {
    var offset = start
    while let chunk = WebPChunk(at: offset, in: bytes) {
      if bytes.matches("VP8 ", at: offset) || bytes.matches("VP8L", at: offset) { return chunk.whole }
      offset = chunk.end
    }
    return nil
  }
}
