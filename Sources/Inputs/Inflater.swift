import CZlib

/// Inflates a zlib stream that arrives in parts.
@safe final class Inflater {
  /// The state of the stream.
  enum State {
    case running
    /// At its end, with a correct checksum.
    case ended
    case damaged
  }

  /// The state after the input so far.
  private(set) var state = State.running
  // zlib's internal state points back to this structure, so it must not move.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

  init() {
    unsafe stream.initialize(to: z_stream())
    let code = unsafe inflateInit_(stream, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if code != Z_OK { state = .damaged }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Inflates `input` and passes the output to `body` piece by piece, as long as that returns `true`.
  func inflate(_ input: Span<UInt8>, _ body: (Span<UInt8>) -> Bool = { _ in true }) {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    unsafe input.withUnsafeBufferPointer { input in
      // zlib does not write to its input.
      unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
      while state == .running {
        let (code, made) = unsafe piece.withUnsafeMutableBufferPointer { target in
          unsafe stream.pointee.next_out = target.baseAddress
          unsafe stream.pointee.avail_out = UInt32(target.count)
          let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
          return unsafe (code, target.count - Int(stream.pointee.avail_out))
        }
        switch code {
        case Z_STREAM_END: state = .ended
        case Z_OK, Z_BUF_ERROR: break
        default: state = .damaged
        }
        guard body(piece.span.extracting(0..<made)) else { return }
        // If the piece is full, there may be more output.
        if made < piece.count { return }
      }
    }
  }
}

extension Inflater {
  /// The inflated content of `data`, even if its end is missing; `nil` if it is damaged or longer than `limit` bytes.
  static func text(_ data: Span<UInt8>, limit: Int) -> [UInt8]? {
    var text: [UInt8] = []
    let inflater = Inflater()
    inflater.inflate(data) { piece in
      text += piece.copy(of: 0..<piece.count)
      return text.count <= limit
    }
    return inflater.state == .damaged || text.count > limit ? nil : text
  }
}
