extension JSON {
  /// Objects and arrays within each other.
  private static let deepest = 64

  /// The value that `bytes` hold, nothing else before or after it; `nil` for what is not JSON, and for what is nested too deeply.
  package init?(parsing bytes: [UInt8]) {
    var scanner = TextScanner(bytes, from: 0)
    guard let value = JSON.value(&scanner, depth: 0), scanner.isAtEnd else { return nil }
    self = value
  }

  private static func value(_ scanner: inout TextScanner, depth: Int) -> JSON? {
    guard depth <= deepest else { return nil }
    if scanner.peek("{") { return members(&scanner, depth: depth).map { .object(JSONObject(members: $0)) } }
    if scanner.peek("[") { return elements(&scanner, depth: depth).map { .array($0) } }
    if scanner.peek("\"") { return scanner.jsonString().map { .string($0) } }
    if let number = scanner.jsonNumber() {
      return Int(number).map { .integer($0) } ?? UInt64(number).map { .unsigned($0) }
        ?? Double(number).map { .number($0) }
    }
    switch scanner.word() {
    case "true": return .bool(true)
    case "false": return .bool(false)
    case "null": return .null
    default: return nil
    }
  }

  private static func members(_ scanner: inout TextScanner, depth: Int) -> [JSONMember]? {
    guard scanner.take("{") else { return nil }
    var members: [JSONMember] = []
    if scanner.take("}") { return members }
    repeat {
      guard let key = scanner.jsonString(), scanner.take(":"), let value = value(&scanner, depth: depth + 1)
      else { return nil }
      members.append(JSONMember(key: key, value: value))
    } while scanner.take(",")
    return scanner.take("}") ? members : nil
  }

  private static func elements(_ scanner: inout TextScanner, depth: Int) -> [JSON]? {
    guard scanner.take("[") else { return nil }
    var elements: [JSON] = []
    if scanner.take("]") { return elements }
    repeat {
      guard let element = value(&scanner, depth: depth + 1) else { return nil }
      elements.append(element)
    } while scanner.take(",")
    return scanner.take("]") ? elements : nil
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
