import GraphIR

extension Figure {
  /// The figure in the DOT language of Graphviz: `dot -Tpdf`.
  package var dot: String {
    var text = "digraph network {\n  rankdir=TB;\n"
    text += "  node [shape=box, style=\"rounded,filled\", fontname=\"Helvetica\", fontsize=10];\n"
    var open: [String] = []
    let titles = Dictionary(
      uniqueKeysWithValues: frames.map { ($0.path, $0.title + ($0.multiplicity.map { "  \($0)" } ?? "")) })
    for (index, box) in boxes.enumerated() {
      let blocks = box.blocks.filter { titles[$0] != nil }
      while let last = open.last, !blocks.contains(last) {
        open.removeLast()
        text += indent(open.count) + "}\n"
      }
      for block in blocks where !open.contains(block) {
        text += indent(open.count) + "subgraph \"cluster_\(block)\" {\n"
        open.append(block)
        text += indent(open.count) + "label=\"\(titles[block] ?? block)\"; style=rounded; color=gray;\n"
      }
      text +=
        indent(open.count)
        + "n\(index) [label=\"\(box.label)\(box.size.map { "\\n\($0)" } ?? "")\", fillcolor=\"\(box.color)\"];\n"
    }
    while !open.isEmpty {
      open.removeLast()
      text += indent(open.count) + "}\n"
    }
    for arrow in arrows { text += "  n\(arrow.from) -> n\(arrow.to);\n" }
    return text + "}\n"
  }

  private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth + 1) }
}

extension Figure.Box {
  /// Its fill: convolutions blue, poolings red and norms green, as in the figures of GoogLeNet.
  var color: String {
    switch kind {
    case .convolution: "#bcd6f5"
    case .linear: "#f7e1a8"
    case .pool: "#f6bdb5"
    case .norm, .activation: "#cfe8c6"
    case .sum, .concatenation: "#e4e4e4"
    case .other: "#e6d5f2"
    case nil: isBlock ? "#eef1f6" : "#ffffff"
    }
  }
}
