import Engine
import Text

extension MemoryStatement {
  /// `1.20 GiB: 800 MiB arena, 97.5 MiB weights`; purposes without bytes are left out.
  var text: String {
    let parts = parts.filter { $0.bytes > 0 }.map { "\(Numbers.bytes($0.bytes)) \($0.name)" }
    return "\(Numbers.bytes(total)): \(parts.joined(separator: ", "))"
  }

  /// A member per purpose, and the total as `peak_bytes`.
  var json: JSONObject { json([:]) }

  /// The given members, then one per purpose, and the total as `peak_bytes`.
  func json(_ circumstances: JSONObject) -> JSONObject {
    var object = circumstances
    for part in parts {
      object.append(part.name.split(separator: " ").joined(separator: "_") + "_bytes", .integer(part.bytes))
    }
    object.append("peak_bytes", .integer(total))
    return object
  }
}
