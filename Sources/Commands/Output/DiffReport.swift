import Anatomy
import GraphIR
import TensorCore
import Text

/// What `diff` prints.
struct DiffReport {
  let names: (String, String)
  let totals: (Totals, Totals)
  let changes: [Comparison.Change]

  /// One difference.
  private struct Row {
    let mark: String
    let status: String
    let old: Layer?
    let new: Layer?

    var name: String { new?.name ?? old?.name ?? "" }
    var parameterChange: Int { (new?.parameters ?? 0) - (old?.parameters ?? 0) }
    var macChange: Int { (new?.macs ?? 0) - (old?.macs ?? 0) }
  }

  /// All differences.
  private var rows: [Row] {
    changes.compactMap { change in
      switch change {
      case .same: nil
      case .changed(let old, let new): Row(mark: "~", status: "changed", old: old, new: new)
      case .added(let new): Row(mark: "+", status: "added", old: nil, new: new)
      case .removed(let old): Row(mark: "-", status: "removed", old: old, new: nil)
      }
    }
  }

  /// The object of schema `cnnzoo.diff/1`.
  var json: JSONObject {
    let rows = rows
    let layers: [JSON] = rows.map { row in
      [
        "status": .string(row.status), "name": .string(row.name), "old": object(row.old),
        "new": object(row.new), "parameters_change": .integer(row.parameterChange),
        "macs_change": .integer(row.macChange),
      ]
    }
    return [
      "schema": "cnnzoo.diff/1", "models": [.string(names.0), .string(names.1)],
      "parameters": [.integer(totals.0.parameters), .integer(totals.1.parameters)],
      "macs": [.integer(totals.0.macs), .integer(totals.1.macs)],
      "same": .integer(changes.count - rows.count), "layers": .array(layers),
    ]
  }

  private func object(_ layer: Layer?) -> JSON {
    guard let layer else { return .null }
    return [
      "operator": .string(layer.kind), "attributes": .string(layer.attributes),
      "output_shape": .shape(layer.outputShape), "parameters": .integer(layer.parameters),
      "macs": .integer(layer.macs),
    ]
  }

  /// A row per difference.
  var table: Table {
    var table = Table([
      .init("", key: "status"), .init("layer", key: "name"), .init(names.0, key: "old"),
      .init(names.1, key: "new"), .init("parameters", key: "parameters_change", .right),
      .init("MACs", key: "macs_change", .right),
    ])
    table.rows = rows.map { row in
      [
        .init(row.mark, raw: row.status), .init(row.name), .init(words(row.old)), .init(words(row.new)),
        change(row.parameterChange), change(row.macChange),
      ]
    }
    return table
  }

  private func words(_ layer: Layer?) -> String {
    guard let layer else { return "" }
    return [layer.kind, layer.attributes, "→ \(layer.outputShape)"].filter { !$0.isEmpty }
      .joined(separator: " ")
  }

  private func change(_ value: Int) -> Table.Cell {
    value == 0
      ? .init("", raw: "0") : .init((value > 0 ? "+" : "") + Numbers.grouped(value), raw: String(value))
  }

  /// The table and the totals.
  func text(style: TextStyle) -> String {
    let rows = rows
    let same = changes.count - rows.count
    var text = rows.isEmpty ? "" : table.aligned(style: style) + "\n"
    text += "\(rows.count { $0.mark == "~" }) layers changed, \(rows.count { $0.mark == "+" }) added,"
    text += " \(rows.count { $0.mark == "-" }) removed, \(same) unchanged\n"
    text += "parameters  \(total(totals.0.parameters, totals.1.parameters))\n"
    text += "MACs        \(total(totals.0.macs, totals.1.macs))\n"
    return text
  }

  private func total(_ old: Int, _ new: Int) -> String {
    let percent =
      old == 0
      ? "" : ", \(new >= old ? "+" : "")\(Numbers.fixed(Double(new - old) / Double(old) * 100, digits: 1)) %"
    return
      "\(Numbers.grouped(old)) → \(Numbers.grouped(new)) (\(new >= old ? "+" : "")\(Numbers.grouped(new - old))\(percent))"
  }
}
