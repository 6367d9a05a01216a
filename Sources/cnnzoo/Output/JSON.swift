/// A JSON value whose keys keep their order: what every `--format json` is written with.
///
/// The text has no blanks and no line breaks, so a value is always one line, and numbers know no locale.
enum JSON {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  /// A float32 in its own shortest form: 0.1, not 0.10000000149011612.
  case float(Float)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  /// The text of the value.
  var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .float(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      text += "["
      for (index, value) in values.enumerated() {
        if index > 0 { text += "," }
        value.write(to: &text)
      }
      text += "]"
    case .object(let object):
      text += "{"
      for (index, member) in object.members.enumerated() {
        if index > 0 { text += "," }
        Self.write(member.key, to: &text)
        text += ":"
        member.value.write(to: &text)
      }
      text += "}"
    }
  }

  /// RFC 8259, section 7: quotation mark, reverse solidus and control characters are escaped.
  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral, ExpressibleByStringLiteral {
  init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(members: elements.map { JSONMember(key: $0.0, value: $0.1) }))
  }

  init(arrayLiteral elements: JSON...) { self = .array(elements) }

  init(stringLiteral value: String) { self = .string(value) }
}

/// One key of an object and its value.
struct JSONMember {
  let key: String
  let value: JSON
}

/// An object whose keys stand in the order in which they were added.
struct JSONObject: ExpressibleByDictionaryLiteral {
  fileprivate(set) var members: [JSONMember]

  fileprivate init(members: [JSONMember]) { self.members = members }

  init(dictionaryLiteral elements: (String, JSON)...) {
    members = elements.map { JSONMember(key: $0.0, value: $0.1) }
  }

  /// Adds a key at the end.
  mutating func append(_ key: String, _ value: JSON) {
    members.append(JSONMember(key: key, value: value))
  }

  /// One line of JSON Lines.
  var line: String { JSON.object(self).text + "\n" }
}
