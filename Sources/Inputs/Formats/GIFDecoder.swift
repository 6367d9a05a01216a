import TensorCore

/// The first image of a GIF file on its canvas (CompuServe, Graphics Interchange Format, version 89a).
///
/// giflib is not an option: it decodes undefined codes instead of rejecting them, so damage would go unnoticed.
struct GIFDecoder: RowDecoder {
  let width: Int
  let height: Int
  /// All of the frame, because its rows may be interlaced.
  var heldPixels: Int { frame.width * frame.height }

  private let frame: Frame
  private let palette: RGBPalette
  /// Color index of the canvas around the frame.
  private let ground: UInt8
  private var next = 0
  private var indices: [UInt8] = []

  private struct Frame {
    let left: Int
    let top: Int
    let width: Int
    let height: Int
    let isInterlaced: Bool
    /// Offset of the image data: the code size, then blocks of codes.
    let data: Int
  }

  /// Reads everything up to the data of the first image.
  init(_ bytes: Span<UInt8>) throws(ImageDefect) {
    guard let screenWidth = bytes.integer(at: 6, bytes: 2, bigEndian: false),
      let screenHeight = bytes.integer(at: 8, bytes: 2, bigEndian: false), bytes.count >= 13
    else { throw .damaged("the file ends too early") }
    var offset = 13
    let global = GIFDecoder.palette(flags: bytes[10], at: &offset, in: bytes)
    var transparent: UInt8?
    while offset < bytes.count {
      let label = bytes[offset]
      offset += 1
      if label == UInt8(ascii: ";") { break }
      if label == UInt8(ascii: "!"), offset < bytes.count {
        // Only the graphic control extension affects pixels.
        if bytes[offset] == 0xf9, let control = GIFBlock(at: offset + 1, in: bytes), control.data.count >= 4,
          bytes[control.data.lowerBound] & 1 != 0
        {
          transparent = bytes[control.data.lowerBound + 3]
        }
        offset += 1
        while let block = GIFBlock(at: offset, in: bytes) { offset = block.end }
        offset += 1
      } else if label == UInt8(ascii: ",") {
        guard let left = bytes.integer(at: offset, bytes: 2, bigEndian: false),
          let top = bytes.integer(at: offset + 2, bytes: 2, bigEndian: false),
          let width = bytes.integer(at: offset + 4, bytes: 2, bigEndian: false),
          let height = bytes.integer(at: offset + 6, bytes: 2, bigEndian: false), offset + 8 < bytes.count
        else { break }
        let flags = bytes[offset + 8]
        offset += 9
        let local = GIFDecoder.palette(flags: flags, at: &offset, in: bytes)
        guard width > 0, height > 0 else { throw .damaged("an image of \(width)x\(height) pixels") }
        frame = Frame(
          left: left, top: top, width: width, height: height, isInterlaced: flags & 0x40 != 0, data: offset)
        // As in Pillow, a frame that extends beyond the canvas enlarges it.
        self.width = max(screenWidth, left + width)
        self.height = max(screenHeight, top + height)
        palette = local ?? global ?? .gray
        ground = transparent ?? 0
        return
      }
      // As in Pillow, anything else between blocks is skipped.
    }
    throw .damaged("no complete image")
  }

  /// The color table that `flags` declare at `offset`; moves `offset` past it.
  private static func palette(flags: UInt8, at offset: inout Int, in bytes: Span<UInt8>) -> RGBPalette? {
    guard flags & 0x80 != 0 else { return nil }
    let colors = 2 << Int(flags & 7)
    defer { offset += 3 * colors }
    // Pillow treats a table of ascending grays like no table: indices beyond its end are gray as well.
    var palette = RGBPalette.black
    var isGray = true
    for index in 0..<colors {
      let place = offset + 3 * index
      guard place + 3 <= bytes.count else { return palette }
      palette[index] = (bytes[place], bytes[place + 1], bytes[place + 2])
      isGray = isGray && palette[index] == RGBPalette.gray[index]
    }
    return isGray ? .gray : palette
  }

  mutating func decodeRow(from bytes: Span<UInt8>, into row: inout MutableSpan<UInt8>) throws(ImageDefect) {
    if indices.isEmpty { indices = try decodeFrame(of: bytes) }
    let line = next - frame.top
    for x in 0..<width {
      let column = x - frame.left
      let isInside = line >= 0 && line < frame.height && column >= 0 && column < frame.width
      let color = palette[Int(isInside ? indices[line * frame.width + column] : ground)]
      (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = color
    }
    next += 1
  }

  /// The color indices of the frame, row by row from the top.
  private func decodeFrame(of bytes: Span<UInt8>) throws(ImageDefect) -> [UInt8] {
    guard frame.data < bytes.count, (1...8).contains(bytes[frame.data]) else {
      throw .damaged("no valid code size")
    }
    var codes = GIFCodes(at: frame.data + 1, rootBits: Int(bytes[frame.data]))
    guard AvailableMemory.holds(frame.width * frame.height) else { throw .outOfMemory }
    var indices = [UInt8](repeating: 0, count: frame.width * frame.height)
    for (first, step) in frame.isInterlaced ? [(0, 8), (4, 8), (2, 4), (1, 2)] : [(0, 1)] {
      for line in stride(from: first, to: frame.height, by: step) {
        for column in 0..<frame.width { indices[line * frame.width + column] = try codes.next(in: bytes) }
      }
    }
    return indices
  }
}

/// A data block of a GIF file: a length and that many bytes; a zero length ends a sequence of blocks.
private struct GIFBlock {
  let data: Range<Int>
  var end: Int { data.upperBound }

  /// The block at `offset`; `nil` at the end of a sequence, or if it does not fit into the bytes.
  init?(at offset: Int, in bytes: Span<UInt8>) {
    guard offset < bytes.count, bytes[offset] > 0, Int(bytes[offset]) < bytes.count - offset else {
      return nil
    }
    data = offset + 1..<offset + 1 + Int(bytes[offset])
  }
}

/// Decodes the variable-length LZW codes of a GIF image to color indices (appendix F).
private struct GIFCodes {
  private static let longest = 12
  private let rootBits: Int
  private let clear: Int
  /// The unread part of the current block.
  private var block: Range<Int>
  private var bits = 0
  private var bitCount = 0
  private var codeBits: Int
  /// Strings by code: each is a prefix, which is another string, and a last index.
  private var prefix = [UInt16](repeating: 0, count: 1 << longest)
  private var last = [UInt8](repeating: 0, count: 1 << longest)
  /// The number of defined codes, including roots and the two special codes.
  private var defined: Int
  private var previous: Int?
  /// The first index of the previous string.
  private var first: UInt8 = 0
  /// The rest of the current string, reversed.
  private var pending: [UInt8] = []

  /// A decoder for the blocks at `offset`; roots are indices of `rootBits` bits.
  init(at offset: Int, rootBits: Int) {
    self.rootBits = rootBits
    clear = 1 << rootBits
    codeBits = rootBits + 1
    defined = clear + 2
    block = offset..<offset
  }

  /// The next color index.
  mutating func next(in bytes: Span<UInt8>) throws(ImageDefect) -> UInt8 {
    while true {
      if let index = pending.popLast() { return index }
      let code = try nextCode(in: bytes)
      if code == clear {
        codeBits = rootBits + 1
        defined = clear + 2
        previous = nil
      } else if code == clear + 1 {
        throw .damaged("the data end before the last pixel")
      } else {
        try expand(code)
      }
    }
  }

  /// Appends the string of `code` to `pending` and defines the next code.
  private mutating func expand(_ code: Int) throws(ImageDefect) {
    guard let previous else {
      guard code < clear else { throw .damaged("undefined code") }
      first = UInt8(code)
      pending.append(first)
      self.previous = code
      return
    }
    guard code <= defined, code < 1 << GIFCodes.longest else { throw .damaged("undefined code") }
    var string = code
    if code == defined {
      // The code that is being defined: the previous string followed by its own first index.
      pending.append(first)
      string = previous
    }
    while string >= clear {
      pending.append(last[string])
      string = Int(prefix[string])
    }
    first = UInt8(string)
    pending.append(first)
    if defined < 1 << GIFCodes.longest {
      prefix[defined] = UInt16(previous)
      last[defined] = first
      if defined == 1 << codeBits - 1, codeBits < GIFCodes.longest { codeBits += 1 }
      defined += 1
    }
    self.previous = code
  }

  private mutating func nextCode(in bytes: Span<UInt8>) throws(ImageDefect) -> Int {
    while bitCount < codeBits {
      if block.isEmpty {
        guard let next = GIFBlock(at: block.upperBound, in: bytes) else {
          throw .damaged("the data end before the last pixel")
        }
        block = next.data
      }
      bits |= Int(bytes[block.lowerBound]) << bitCount
      bitCount += 8
      block = block.lowerBound + 1..<block.upperBound
    }
    let code = bits & (1 << codeBits - 1)
    bits >>= codeBits
    bitCount -= codeBits
    return code
  }
}
