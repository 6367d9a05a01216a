/// Reads from unchecked bytes; the result is `nil`, or `false`, past their end.
extension Span where Element == UInt8 {
  /// The unsigned integer of `bytes` bytes at `offset`; `nil` also if it is larger than any `Int`.
  package func integer(at offset: Int, bytes: Int, bigEndian: Bool) -> Int? {
    guard offset >= 0, bytes <= count, offset <= count - bytes else { return nil }
    var value: UInt64 = 0
    for index in 0..<bytes {
      value = value << 8 | UInt64(self[offset + (bigEndian ? index : bytes - 1 - index)])
    }
    return Int(exactly: value)
  }

  /// Whether the bytes at `offset` are those of `text`.
  func matches(_ text: StaticString, at offset: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard offset >= 0, length <= count, offset <= count - length else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<length where unsafe self[offset + index] != start[index] { return false }
    return true
  }

  /// Whether `records` records of `size` bytes each lie from `offset` on.
  func holds(_ records: Int, of size: Int, at offset: Int) -> Bool {
    guard offset >= 0, offset <= count else { return false }
    return size == 0 || records <= (count - offset) / size
  }

  /// A copy of the bytes in `range`.
  func copy(of range: Range<Int>) -> [UInt8] { range.map { self[$0] } }

  /// The first place of `byte` in `range`, or `nil`.
  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? { range.first { self[$0] == byte } }
}
