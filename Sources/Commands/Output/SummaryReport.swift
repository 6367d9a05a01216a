import Anatomy
import Engine
import GraphIR
import Session
import TensorCore
import Text
import Zoo

/// What `summary` prints.
struct SummaryReport {
  let network: Network
  let totals: Totals
  /// `[N, C, H, W]`.
  let input: Shape
  let breakdown: Breakdown
  /// Threads for which memory is stated.
  let threads: Int
  /// Memory of inference.
  let memory: PlannedMemory
  /// Memory of a training step, if that is shown.
  let trainingMemory: MemoryStatement?

  /// Whether the column of saved tensors is shown.
  private var showsKept: Bool { trainingMemory != nil }
  private var layers: [Layer] { breakdown.layers }
  private var activationBytes: Int { layers.reduce(0) { $0 + $1.activationBytes } }
  private var keptBytes: Int { layers.reduce(0) { $0 + $1.keptBytes } }

  // MARK: JSON

  /// The object of schema `cnnzoo.summary/1`.
  var json: JSONObject {
    var object: JSONObject = [
      "schema": "cnnzoo.summary/1", "model": .string(network.name),
      "input_shape": .shape(input), "classes": .integer(network.classes),
      "parameters": .integer(totals.parameters), "trainable": .integer(totals.parameters),
      "buffers": .integer(totals.buffers), "auxiliary": .integer(totals.auxiliary),
      "macs": .integer(totals.macs), "activation_bytes": .integer(activationBytes),
    ]
    if showsKept { object.append("kept_bytes", .integer(keptBytes)) }
    object.append(
      "memory",
      [
        "arena_bytes": .integer(memory.arenaBytes), "weights_bytes": .integer(memory.weightBytes),
        "thread_scratch_bytes": .integer(memory.threadScratchBytes),
        "threads": .integer(threads), "peak_bytes": .integer(memory.peakBytes(threads: threads)),
      ])
    if let trainingMemory {
      object.append("training_memory", .object(trainingMemory.json(["threads": .integer(threads)])))
    }
    object.append("layers", .array(layers.map { .object(layerObject($0)) }))
    return object
  }

  private func layerObject(_ layer: Layer) -> JSONObject {
    var object: JSONObject = [
      "name": .string(layer.name), "operator": .string(layer.kind),
      "attributes": .string(layer.attributes), "output_shape": .shape(layer.outputShape),
      "parameters": .integer(layer.parameters), "buffers": .integer(layer.buffers),
      "macs": .integer(layer.macs), "activation_bytes": .integer(layer.activationBytes),
      "receptive_field": .array([.integer(layer.receptiveField.height), .integer(layer.receptiveField.width)]
      ),
    ]
    if showsKept {
      object.append("kept_bytes", .integer(layer.keptBytes))
      object.append("auxiliary", .bool(layer.isAuxiliary))
    }
    return object
  }

  // MARK: Table

  /// A row per layer and block down to `depth`; the row of a block at that depth has the totals of its layers.
  func table(depth: Int) -> Table {
    var table = Table(
      [
        .init("layer", key: "name"), .init("operator", key: "operator"), .init("output", key: "output_shape"),
        .init("parameters", key: "parameters", .right), .init("MACs", key: "macs", .right),
        .init("activations", key: "activation_bytes", .right),
      ] + (showsKept ? [.init("kept", key: "kept_bytes", .right)] : []) + [
        .init("field", key: "receptive_field", .right)
      ])
    append(breakdown.outline, to: &table, depth: depth, lead: "")
    return table
  }

  private func append(_ items: [OutlineItem], to table: inout Table, depth: Int, lead: String) {
    for (index, item) in items.enumerated() {
      let isLast = index == items.count - 1
      let branch = item.depth == 0 ? "" : isLast ? "└─ " : "├─ "
      let isOpened = !item.isLayer && item.depth + 1 < depth
      table.rows.append(row(item, lead: lead + branch, isOpened: isOpened))
      if isOpened {
        append(
          item.parts, to: &table, depth: depth, lead: item.depth == 0 ? "" : lead + (isLast ? "   " : "│  "))
      }
    }
  }

  private func row(_ item: OutlineItem, lead: String, isOpened: Bool) -> [Table.Cell] {
    let sum = breakdown.totals(of: item)
    let first = layers[item.layers.lowerBound]
    let kind = item.isLayer ? first.kind : "block"
    let words =
      item.isLayer
      ? [first.kind, first.attributes].filter { !$0.isEmpty }.joined(separator: " ")
      : isOpened ? "" : "\(sum.operators) operators"
    let field = sum.receptiveField
    return [
      .init(lead + item.name, raw: item.path), .init(words, raw: kind),
      .shape(sum.outputShape),
      sum.parameters == 0 ? .init("", raw: "0") : .count(sum.parameters),
      sum.macs == 0 ? .init("", raw: "0") : .scaled(sum.macs), .bytes(sum.activationBytes),
    ] + (showsKept ? [.bytes(sum.keptBytes)] : []) + [
      .init(
        field.height == field.width ? "\(field.height)" : "\(field.height)×\(field.width)",
        raw: "\(field.height)x\(field.width)")
    ]
  }

  // MARK: Text

  /// The table between a heading and the totals, for people.
  func text(depth: Int, style: TextStyle) -> String {
    let paper = network.entry.paper
    var text = style.heading("\(network.name)") + "  \(paper.title), \(paper.venue)\n"
    text += "input \(input), \(network.classes) classes\n\n"
    text += table(depth: depth).aligned(style: style) + "\n"
    for (name, value) in figures {
      text += name + String(repeating: " ", count: 13 - name.count) + value + "\n"
    }
    return text
  }

  private var figures: [(String, String)] {
    var figures = [("parameters", Numbers.grouped(totals.parameters))]
    if totals.auxiliary > 0 { figures.append(("auxiliary", Numbers.grouped(totals.auxiliary))) }
    if totals.buffers > 0 { figures.append(("buffers", Numbers.grouped(totals.buffers))) }
    figures.append(("MACs", "\(Numbers.grouped(totals.macs)) (\(Numbers.scaled(totals.macs)))"))
    figures.append(("activations", "\(Numbers.bytes(activationBytes)) for the outputs of all layers"))
    figures.append(
      (
        "memory",
        "\(Numbers.bytes(memory.peakBytes(threads: threads))) to run it: \(Numbers.bytes(memory.arenaBytes)) arena,"
          + " \(Numbers.bytes(memory.weightBytes)) weights"
      ))
    if let trainingMemory {
      figures.append(("kept", "\(Numbers.bytes(keptBytes)) for the backward pass"))
      figures.append(("training", trainingMemory.text))
    }
    return figures
  }
}
