/// Reads from unchecked bytes; the result is `nil`, or `false`, past their end.
extension Span where Element == UInt8 {
  func integer(at offset: Int, bytes: Int, bigEndian: Bool) -> Int? {
    guard offset >= 0, bytes <= count, offset <= count - bytes else { return nil }
    var value = 0
    for index in 0..<bytes {
      value = value << 8 | Int(self[offset + (bigEndian ? index : bytes - 1 - index)])
    }
    return value
  }

  func matches(_ text: StaticString, at offset: Int) -> Bool {
    let length = text.utf8CodeUnitCount
    guard offset >= 0, length <= count, offset <= count - length else { return false }
    let start = unsafe text.utf8Start
    for index in 0..<length where unsafe self[offset + index] != start[index] { return false }
    return true
  }
}
