extension JSON {
  /// Objects and arrays within each other.
  private static let deepest = 64

  /// The value that `bytes` hold, nothing else before or after it.
  package init(parsing bytes: [UInt8]) throws(JSONError) {
    var scanner = TextScanner(bytes, from: 0)
    self = try JSON.value(&scanner, depth: 0)
    guard scanner.isAtEnd else { throw .malformed(offset: scanner.position) }
  }

  private static func value(_ scanner: inout TextScanner, depth: Int) throws(JSONError) -> JSON {
    guard depth <= deepest else { throw .depth(limit: deepest) }
    if scanner.peek("{") { return .object(JSONObject(members: try members(&scanner, depth: depth))) }
    if scanner.peek("[") { return .array(try elements(&scanner, depth: depth)) }
    if scanner.peek("\"") { return .string(try string(&scanner)) }
    let start = scanner.position
    if let text = scanner.jsonNumber() {
      if let value = Int(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsigned(value) }
      guard let value = Double(text) else { throw .malformed(offset: start) }
      // What is read can be written: JSON has no infinity.
      guard value.isFinite else { throw .number(offset: start) }
      return .number(value)
    }
    switch scanner.word() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default: throw .malformed(offset: start)
    }
  }

  private static func members(_ scanner: inout TextScanner, depth: Int) throws(JSONError) -> [JSONMember] {
    try take("{", &scanner)
    var members: [JSONMember] = []
    if scanner.take("}") { return members }
    repeat {
      let key = try string(&scanner)
      try take(":", &scanner)
      members.append(JSONMember(key: key, value: try value(&scanner, depth: depth + 1)))
    } while scanner.take(",")
    try take("}", &scanner)
    return members
  }

  private static func elements(_ scanner: inout TextScanner, depth: Int) throws(JSONError) -> [JSON] {
    try take("[", &scanner)
    var elements: [JSON] = []
    if scanner.take("]") { return elements }
    repeat { elements.append(try value(&scanner, depth: depth + 1)) } while scanner.take(",")
    try take("]", &scanner)
    return elements
  }

  private static func string(_ scanner: inout TextScanner) throws(JSONError) -> String {
    guard let string = scanner.jsonString() else { throw .malformed(offset: scanner.position) }
    return string
  }

  private static func take(_ character: Unicode.Scalar, _ scanner: inout TextScanner) throws(JSONError) {
    guard scanner.take(character) else { throw .malformed(offset: scanner.position) }
  }
}

/// Why a text is not a value of ``JSON``.
package enum JSONError: Error, Hashable, Sendable {
  /// Not JSON from this byte on.
  case malformed(offset: Int)
  /// Objects and arrays within more than `limit` others.
  case depth(limit: Int)
  /// A number that is larger than any float64.
  case number(offset: Int)
}

extension JSONError: CustomStringConvertible {
  /// What is wrong, and where.
  package var description: String {
    switch self {
    case .malformed(let offset): "not JSON from byte \(offset) on"
    case .depth(let limit): "JSON nested more than \(limit) deep"
    case .number(let offset): "the number at byte \(offset) is too large for float64"
    }
  }
}

extension JSON {
  /// The value, if it is a string.
  package var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The value, if it is true or false.
  package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The value, if it is a whole number that an `Int` holds.
  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The value, if it is a number.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    case .float(let value): Double(value)
    default: nil
    }
  }

  /// The strings of an array of nothing else.
  package var strings: [String]? {
    guard case .array(let values) = self else { return nil }
    let strings = values.compactMap(\.string)
    return strings.count == values.count ? strings : nil
  }

  /// The members, if it is an object.
  package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }
}
