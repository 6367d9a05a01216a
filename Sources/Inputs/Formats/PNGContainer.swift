import CZlib

/// A chunk of a PNG file: length, type, data, CRC (PNG specification, third edition, section 5.3).
struct PNGChunk {
  /// The offset of its length field.
  let start: Int
  /// Its type.
  let type: ChunkType
  /// The data according to the length field; they may extend past the end of the file.
  let data: Range<Int>

  /// The offset of the next chunk.
  var end: Int { data.upperBound + 4 }

  /// The chunk at `offset`; `nil` if there is no length or no valid type.
  init?(at offset: Int, in bytes: Span<UInt8>) {
    guard let length = bytes.integer(at: offset, bytes: 4, bigEndian: true),
      let code = bytes.integer(at: offset + 4, bytes: 4, bigEndian: true),
      let type = ChunkType(UInt32(code))
    else { return nil }
    start = offset
    self.type = type
    data = offset + 8..<offset + 8 + length
  }

  /// Whether the CRC is correct; the whole chunk must be in the file.
  func hasCorrectCRC(in bytes: Span<UInt8>) -> Bool {
    let checked = bytes.extracting(start + 4..<data.upperBound)
    let checksum = unsafe checked.withUnsafeBufferPointer { part in
      unsafe crc32_z(0, part.baseAddress, part.count)
    }
    return bytes.integer(at: data.upperBound, bytes: 4, bigEndian: true) == Int(checksum)
  }
}

/// The type of a PNG chunk: four letters.
struct ChunkType: Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  private let code: UInt32

  /// A type of letters, digits and underscores: Pillow checks no more than that.
  init?(_ code: UInt32) {
    self.code = code
    let isWord = letters.allSatisfy { letter in
      switch letter {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    if !isWord { return nil }
  }

  init(stringLiteral text: String) { code = text.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

  /// Whether the chunk is needed to decode the image.
  var isCritical: Bool { code >> 29 & 1 == 0 }

  var description: String { String(decoding: letters, as: UTF8.self) }

  private var letters: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: code >> (24 - 8 * $0)) } }
}

/// The part of a PNG file that its pixels depend on, as strict as Pillow and browsers.
///
/// All chunks before the first IDAT chunk must be intact. An IDAT chunk may have a wrong CRC if the Adler-32 checksum
/// of the pixels is correct. The rest of the file may be missing, damaged or followed by other data; only a chunk
/// must not be truncated, because it could contain the orientation.
struct PNGContainer {
  /// The end of the last IDAT chunk's data.
  let end: Int

  /// Checks the chunks in `bytes`, which start with a PNG signature.
  init(_ bytes: Span<UInt8>) throws(ImageDefect) {
    let first = try PNGContainer.firstDataChunk(in: bytes)
    var chunk = first
    var isIntact = true
    while chunk.end <= bytes.count {
      isIntact = isIntact && chunk.hasCorrectCRC(in: bytes)
      guard let next = PNGChunk(at: chunk.end, in: bytes), next.type == "IDAT" else { break }
      chunk = next
    }
    // Only the last CRC may be missing.
    end = chunk.data.upperBound
    guard end <= bytes.count else { throw .damaged("the file ends too early") }
    if !isIntact, !PNGContainer.pixelsAreWhole(from: first, in: bytes) { throw .damaged("IDAT: CRC error") }
    try PNGContainer.checkRest(from: chunk.end, in: bytes)
  }

  private static func firstDataChunk(in bytes: Span<UInt8>) throws(ImageDefect) -> PNGChunk {
    var offset = 8
    while let chunk = PNGChunk(at: offset, in: bytes) {
      if chunk.type == "IDAT" { return chunk }
      if chunk.type == "CgBI" { throw .unsupported("Apple's CgBI variant, made for iOS: convert it back") }
      guard chunk.end <= bytes.count else { break }
      guard chunk.hasCorrectCRC(in: bytes) else { throw .damaged("\(chunk.type): CRC error") }
      switch chunk.type {
      case "IEND": throw .damaged("no image data")
      case "IHDR", "PLTE": break
      default: if chunk.type.isCritical { throw .unsupported("\(chunk.type) chunk") }
      }
      offset = chunk.end
    }
    throw .damaged(
      offset + 8 > bytes.count ? "the file ends too early" : "no valid chunk before the image data")
  }

  /// Whether the compressed data end with the correct Adler-32 checksum.
  private static func pixelsAreWhole(from first: PNGChunk, in bytes: Span<UInt8>) -> Bool {
    let inflater = Inflater()
    var chunk = first
    while chunk.type == "IDAT", inflater.state == .running {
      inflater.inflate(bytes.extracting(chunk.data))
      guard let next = PNGChunk(at: chunk.end, in: bytes) else { break }
      chunk = next
    }
    return inflater.state == .ended
  }

  /// As in Pillow, no chunk may be truncated up to IEND or the next frame of an animation.
  private static func checkRest(from start: Int, in bytes: Span<UInt8>) throws(ImageDefect) {
    var offset = start
    while let chunk = PNGChunk(at: offset, in: bytes), chunk.type != "IEND", chunk.type != "fcTL" {
      guard chunk.data.upperBound <= bytes.count else { throw .damaged("the file ends too early") }
      offset = chunk.end
    }
  }
}
