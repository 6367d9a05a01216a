/// A portable bitmap, graymap or pixmap, plain or raw: P1 to P6 (Netpbm, "PNM").
///
/// Values are scaled as in Pillow: to 255, but grays with a maximum above 255 to 65,535, and then clamped to 255.
struct PNMDecoder: RowDecoder {
  let width: Int
  let height: Int
  let heldPixels = 0

  /// Values per pixel: three, or one for grays and bits.
  private let channels: Int
  /// Whether values are bits, where 1 is black.
  private let isBitmap: Bool
  private let isPlain: Bool
  private let maximum: Int
  /// The byte for each value.
  private let scaled: [UInt8]
  private var reader: PNMReader

  /// Reads the header.
  init(_ bytes: Span<UInt8>) throws(ImageDefect) {
    guard bytes.count > 2 else { throw .damaged("the file ends too early") }
    let kind = Int(bytes[1]) - Int(UInt8(ascii: "0"))
    isPlain = kind <= 3
    isBitmap = kind == 1 || kind == 4
    channels = kind == 3 || kind == 6 ? 3 : 1
    reader = PNMReader(offset: 3)
    width = try reader.number(in: bytes, of: "width")
    height = try reader.number(in: bytes, of: "height")
    maximum = isBitmap ? 1 : try reader.number(in: bytes, of: "maximum")
    guard width > 0, height > 0 else { throw .damaged("\(width)x\(height) pixels") }
    guard (1..<65536).contains(maximum) else { throw .damaged("a maximum of \(maximum)") }
    scaled = isBitmap ? [255, 0] : PNMDecoder.scaled(to: maximum, isGray: channels == 1)
    if !isPlain, !bytes.holds(height, of: rowBytes, at: reader.offset) {
      throw .damaged("the file ends too early")
    }
  }

  private static func scaled(to maximum: Int, isGray: Bool) -> [UInt8] {
    let largest: Double = isGray && maximum > 255 ? 65535 : 255
    return (0..<(maximum > 255 ? 65536 : 256)).map { value in
      UInt8(min(255, (Double(value) / Double(maximum) * largest).rounded(.toNearestOrEven)))
    }
  }

  /// Bytes of a raw row; the width has at most ten digits.
  private var rowBytes: Int {
    isBitmap ? (width + 7) / 8 : width * channels * (maximum > 255 ? 2 : 1)
  }

  mutating func decodeRow(from bytes: Span<UInt8>, into row: inout MutableSpan<UInt8>) throws(ImageDefect) {
    let start = reader.offset
    for index in 0..<width * channels {
      let value: Int
      switch (isPlain, isBitmap) {
      case (true, true): value = try reader.bit(in: bytes)
      case (true, false):
        value = try reader.number(in: bytes, of: "value")
        guard value <= maximum else { throw .damaged("value \(value) above the maximum \(maximum)") }
      case (false, true): value = Int(bytes[start + index / 8]) >> (7 - index % 8) & 1
      case (false, false):
        value =
          maximum > 255
          ? Int(bytes[start + 2 * index]) << 8 | Int(bytes[start + 2 * index + 1]) : Int(bytes[start + index])
      }
      if channels == 3 {
        row[index] = scaled[value]
      } else {
        for channel in 0..<3 { row[3 * index + channel] = scaled[value] }
      }
    }
    if !isPlain { reader.offset += rowBytes }
  }
}

/// Reads decimal numbers that are separated by white space and comments.
private struct PNMReader {
  var offset: Int

  /// Reads the next number and the white space character after it.
  mutating func number(in bytes: Span<UInt8>, of what: String) throws(ImageDefect) -> Int {
    var digits = 0
    var value = 0
    while let byte = nextByte(in: bytes) {
      if PNMReader.isSpace(byte) {
        if digits == 0 { continue }
        break
      }
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
        throw .damaged("the \(what) is not a number")
      }
      digits += 1
      guard digits <= 10 else { throw .damaged("the \(what) has more than 10 digits") }
      value = 10 * value + Int(byte - UInt8(ascii: "0"))
    }
    guard digits > 0 else { throw .damaged("the file ends too early") }
    return value
  }

  /// Reads the next bit; white space between bits is optional.
  mutating func bit(in bytes: Span<UInt8>) throws(ImageDefect) -> Int {
    while let byte = nextByte(in: bytes) {
      if PNMReader.isSpace(byte) { continue }
      guard byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") else {
        throw .damaged("a bit is neither 0 nor 1")
      }
      return Int(byte - UInt8(ascii: "0"))
    }
    throw .damaged("the file ends too early")
  }

  /// Reads the next byte outside comments.
  private mutating func nextByte(in bytes: Span<UInt8>) -> UInt8? {
    while offset < bytes.count {
      let byte = bytes[offset]
      offset += 1
      guard byte == UInt8(ascii: "#") else { return byte }
      while offset < bytes.count, bytes[offset] != 0x0a, bytes[offset] != 0x0d { offset += 1 }
      offset += 1
    }
    return nil
  }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}
