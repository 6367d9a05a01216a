/// Entries of the first directory of a TIFF structure: EXIF data, or a TIFF file.
///
/// TIFF 6.0, section 2, and BigTIFF. It is as tolerant as Pillow: of several entries with the same tag, the first
/// readable one counts, and a truncated directory has the entries before the cut.
struct TIFFDirectory {
  /// A value: one or several items of a type.
  struct Value {
    let type: Int
    let data: Range<Int>
  }

  private let bigEndian: Bool
  private var values: [Int: Value] = [:]

  /// Bytes per item by type, from BYTE to LONG8.
  private static let sizes = [
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
  ]

  /// Reads the entries with one of `tags`; `nil` if there is no header.
  ///
  /// - Parameters:
  ///   - tags: The tags to read.
  ///   - bytes: The structure, starting with its header.
  ///   - file: Whether it is a file, which may be a BigTIFF.
  init?(_ tags: [Int], in bytes: Span<UInt8>, file: Bool) {
    bigEndian = bytes.matches("MM", at: 0)
    guard bigEndian || bytes.matches("II", at: 0) else { return nil }
    let isBig = file && bytes.integer(at: 2, bytes: 2, bigEndian: bigEndian) == 43
    // Pillow also accepts the magic number in the wrong byte order.
    guard isBig || bytes.matches("\0*", at: 2) || bytes.matches("*\0", at: 2) else { return nil }
    let (wordSize, entrySize, countSize) = isBig ? (8, 20, 8) : (4, 12, 2)
    guard let start = bytes.integer(at: isBig ? 8 : 4, bytes: wordSize, bigEndian: bigEndian) else {
      return nil
    }
    guard let count = bytes.integer(at: start, bytes: countSize, bigEndian: bigEndian) else { return }
    let first = start + countSize
    for index in 0..<min(count, bytes.count / entrySize) {
      let offset = first + entrySize * index
      guard bytes.holds(1, of: entrySize, at: offset) else { break }
      guard let tag = bytes.integer(at: offset, bytes: 2, bigEndian: bigEndian), tags.contains(tag),
        values[tag] == nil,
        let type = bytes.integer(at: offset + 2, bytes: 2, bigEndian: bigEndian),
        let size = TIFFDirectory.sizes[type],
        let items = bytes.integer(at: offset + 4, bytes: wordSize, bigEndian: bigEndian),
        items > 0, bytes.holds(items, of: size, at: 0)
      else { continue }
      // A value that does not fit into the entry is elsewhere.
      var place = offset + 4 + wordSize
      if items * size > wordSize {
        guard let elsewhere = bytes.integer(at: place, bytes: wordSize, bigEndian: bigEndian) else {
          continue
        }
        place = elsewhere
      }
      guard bytes.holds(items, of: size, at: place) else { continue }
      values[tag] = Value(type: type, data: place..<place + items * size)
    }
  }

  /// The value of one of the tags that were read.
  subscript(tag: Int) -> Value? { values[tag] }

  /// The first item of `value` if it is an integer; negative ones wrap around.
  func integer(_ value: Value, in bytes: Span<UInt8>) -> Int? {
    guard [3, 4, 6, 8, 9, 13, 16].contains(value.type), let size = TIFFDirectory.sizes[value.type] else {
      return nil
    }
    return bytes.integer(at: value.data.lowerBound, bytes: size, bigEndian: bigEndian)
  }
}
