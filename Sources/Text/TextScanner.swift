import TensorCore

/// A cursor over text in a small grammar: headers of weight files, lists of names.
///
/// Nothing recurses, and every step moves forward.
package struct TextScanner {
  private let bytes: [UInt8]
  /// Offset of the next byte.
  package private(set) var position: Int

  /// Text from `start` to the end of `bytes`.
  package init(_ bytes: [UInt8], from start: Int) {
    self.bytes = bytes
    position = start
  }

  /// Whether only whitespace is left.
  package var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return position >= bytes.count
    }
  }

  /// Whether `character` comes next, after whitespace.
  package mutating func peek(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    return position < bytes.count && bytes[position] == UInt8(ascii: character)
  }

  /// Consumes `character` if it comes next, after whitespace.
  package mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek(character) else { return false }
    position += 1
    return true
  }

  /// Takes `character` if it comes next, without blanks in between.
  package mutating func takeDirectly(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  /// A sequence of letters.
  package mutating func word() -> String? {
    skipBlanks()
    let start = position
    while position < bytes.count, isLetter(bytes[position]) { position += 1 }
    return start == position ? nil : String(validating: bytes[start..<position], as: UTF8.self)
  }

  /// A non-negative integer without sign, fraction or leading zeros.
  package mutating func natural() -> Int? {
    skipBlanks()
    let start = position
    var value = 0
    while position < bytes.count, case let digit = Int(bytes[position]) - 0x30, 0...9 ~= digit {
      guard let next = value.multipliedIfFits(by: 10)?.addedIfFits(digit) else { return nil }
      value = next
      position += 1
    }
    let digits = position - start
    return digits == 0 || (digits > 1 && bytes[start] == 0x30) ? nil : value
  }

  /// The characters that a JSON number consists of.
  package mutating func jsonNumber() -> String? {
    skipBlanks()
    let start = position
    while position < bytes.count, isNumberByte(bytes[position]) { position += 1 }
    return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// A JSON string with its escapes decoded; control characters and lone surrogates are refused.
  package mutating func jsonString() -> String? {
    guard take("\"") else { return nil }
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escapedScalar() else { return nil }
        text.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
      case 0..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  /// A JSON string, or a Python string in single quotes, in which `\\'` stands for a quote.
  package mutating func stringLiteral() -> String? {
    if peek("\"") { return jsonString() }
    guard take("'") else { return nil }
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == UInt8(ascii: "'") { return String(validating: text, as: UTF8.self) }
      if byte == UInt8(ascii: "\\") {
        guard position < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\\")].contains(bytes[position]) else {
          return nil
        }
        text.append(bytes[position])
        position += 1
      } else {
        text.append(byte)
      }
    }
    return nil
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    // Bit 5 is the case. Brackets stand between the upper and the lower letters.
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
  }

  private func isNumberByte(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "+-.eE".utf8.contains(byte)
  }

  private mutating func escapedScalar() -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let letter = bytes[position]
    position += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let first = hexUnit() else { return nil }
      guard 0xd800..<0xdc00 ~= first else { return Unicode.Scalar(first) }
      guard takeDirectly("\\"), takeDirectly("u") else { return nil }
      guard let second = hexUnit(), 0xdc00..<0xe000 ~= second else { return nil }
      return Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    default: return nil
    }
  }

  private mutating func hexUnit() -> UInt32? {
    guard position + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else { return nil }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }
}
