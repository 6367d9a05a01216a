/// A JSON value whose members keep their order.
///
/// The text has no blanks and no line breaks, so a value is always one line, and numbers know no locale.
package enum JSON: Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// A whole number that an `Int` may not hold: a seed.
  case unsigned(UInt64)
  /// A float64 in its shortest form; `null` where it is not finite.
  case number(Double)
  /// A float32 in its shortest form, 0.1 and not 0.10000000149011612; `null` where it is not finite.
  case float(Float)
  /// A string.
  case string(String)
  /// An array.
  case array([JSON])
  /// An object.
  case object(JSONObject)

  /// The text of the value.
  package var text: String {
    var text = ""
    write(to: &text)
    return text
  }

  private func write(to text: inout String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .unsigned(let value): text += String(value)
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
  ///
  /// Control characters have one form, `\u000a`, which weight files of earlier versions hold: the same tensors and
  /// metadata give the same bytes.
  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
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
  package init(dictionaryLiteral elements: (String, JSON)...) {
    self = .object(JSONObject(members: elements.map { JSONMember(key: $0.0, value: $0.1) }))
  }

  package init(arrayLiteral elements: JSON...) { self = .array(elements) }

  package init(stringLiteral value: String) { self = .string(value) }
}

/// One member of an object.
package struct JSONMember: Sendable {
  /// Its name.
  package let key: String
  /// Its value.
  package let value: JSON
}

/// An object whose members stand in the order in which they were added.
package struct JSONObject: ExpressibleByDictionaryLiteral, Sendable {
  /// The members in order.
  package private(set) var members: [JSONMember]

  init(members: [JSONMember]) { self.members = members }

  package init(dictionaryLiteral elements: (String, JSON)...) {
    members = elements.map { JSONMember(key: $0.0, value: $0.1) }
  }

  /// The value of the last member called `key`.
  package subscript(key: String) -> JSON? { members.last { $0.key == key }?.value }

  /// Adds a member at the end.
  package mutating func append(_ key: String, _ value: JSON) {
    members.append(JSONMember(key: key, value: value))
  }

  /// Adds the members of another object at the end.
  package mutating func append(contentsOf object: JSONObject) { members += object.members }

  /// The text without a line break.
  package var text: String { JSON.object(self).text }

  /// One line of JSON Lines.
  package var line: String { text + "\n" }

  /// A member a line, for files that people read too.
  package var lines: String {
    let lines = members.map { "  \(JSON.string($0.key).text): \($0.value.text)" }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }
}
