/// The opcodes of protocol 0, which writes everything as text, a line each.
///
/// Source: CPython, Lib/pickletools.py, `stringnl`, `unicodestringnl` and `decimalnl_short`.
extension PickleMachine {
  /// STRING: a Python 2 string in quotes, with the escapes of its `repr`.
  mutating func quotedString() throws(CheckpointError) -> PickleValue {
    let range = try stream.line()
    let line = stream.bytes(range)
    guard line.count >= 2, let quote = line.first, quote == line.last, "'\"".utf8.contains(quote) else {
      throw unexpected("a string in quotes")
    }
    var text: [UInt8] = []
    text.reserveCapacity(line.count)
    let end = line.endIndex - 1
    var index = line.startIndex + 1
    while index < end {
      defer { index += 1 }
      guard line[index] == UInt8(ascii: "\\") else {
        text.append(line[index])
        continue
      }
      index += 1
      guard index < end else { throw unexpected("a string in quotes") }
      switch line[index] {
      case UInt8(ascii: "n"): text.append(0x0a)
      case UInt8(ascii: "r"): text.append(0x0d)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): text.append(line[index])
      case UInt8(ascii: "x"):
        guard let code = Self.number(line[..<end], at: index + 1, digits: 2) else {
          throw unexpected("two hexadecimal digits")
        }
        text.append(UInt8(code))
        index += 2
      default: throw unexpected("an escape sequence of Python")
      }
    }
    return .text(PickleRun(stream.keep(text)))
  }

  /// UNICODE: Latin-1, in which `\u` and `\U` escape all other characters ("raw-unicode-escape").
  mutating func unicodeString() throws(CheckpointError) -> PickleValue {
    let range = try stream.line()
    let line = stream.bytes(range)
    var text: [UInt8] = []
    text.reserveCapacity(line.count)
    var index = line.startIndex
    while index < line.endIndex {
      var code = UInt32(line[index])
      index += 1
      if code == 0x5c, index < line.endIndex, "uU".utf8.contains(line[index]) {
        let digits = line[index] == UInt8(ascii: "u") ? 4 : 8
        guard let escaped = Self.number(line, at: index + 1, digits: digits) else {
          throw unexpected("\(digits) hexadecimal digits")
        }
        code = escaped
        index += 1 + digits
      }
      guard let bytes = Unicode.Scalar(code).flatMap(UTF8.encode) else { throw unexpected("a character") }
      text.append(contentsOf: bytes)
    }
    return .text(PickleRun(stream.keep(text)))
  }

  /// The number of PUT and GET.
  mutating func decimalIndex() throws(CheckpointError) -> Int {
    guard case .int(let index) = try decimal(stream.line()), index >= 0 else {
      throw unexpected("the number of a memo")
    }
    return index
  }

  private static func number(_ bytes: ArraySlice<UInt8>, at start: Int, digits: Int) -> UInt32? {
    guard digits <= bytes.endIndex - start else { return nil }
    var number: UInt32 = 0
    for byte in bytes[start..<start + digits] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      number = number << 4 | UInt32(digit)
    }
    return number
  }
}
