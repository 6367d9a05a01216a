import GraphIR
import TensorCore

/// A network as papers draw it: a box for each convolution with its norm and activation, arrows for the data.
package struct Figure: Sendable {
  /// One box.
  package struct Box: Hashable, Sendable {
    /// What stands in it: `3×3 conv, 64, /2`.
    package internal(set) var label: String
    /// What it stands for; `nil` for the image and for whole blocks.
    package let kind: Depiction.Kind?
    /// Paths of the blocks around it, outermost first: `layer1`, `layer1.0`.
    package let blocks: [String]
    /// What it produces, `[N, C, H, W]` or `[N, C]`.
    package internal(set) var output: Shape
    /// Whether its output's shape stands below the label: at the end of each stage.
    package internal(set) var showsOutput = false
    /// Whether it stands for a whole block.
    package internal(set) var isBlock = false
    /// Whether it contains a norm that its label does not name.
    package private(set) var hasUnnamedNorm = false

    /// `C×H×W` where that is shown.
    package var size: String? {
      showsOutput ? output.dimensions.dropFirst().map(String.init).joined(separator: "×") : nil
    }

    /// Whether a norm or activation behind it is drawn as part of it: a convolution's norm, a sum's ReLU.
    fileprivate func takes(_ attached: Depiction.Kind) -> Bool {
      switch kind {
      case .convolution, .linear, .other: true
      case .pool: label.contains("subsample") && attached == .activation
      case .sum: attached == .activation
      case .norm, .activation, .concatenation, nil: false
      }
    }

    /// Draws a norm or an activation as part of this box.
    fileprivate mutating func attach(_ depiction: Depiction) {
      if depiction.isNamed {
        label += kind == .sum ? " \(depiction.label)" : ", \(depiction.label)"
      } else {
        hasUnnamedNorm = true
      }
    }
  }

  /// An arrow between two boxes, by their positions.
  package struct Arrow: Hashable, Sendable {
    /// Where it starts.
    package let from: Int
    /// Where it ends.
    package let to: Int
  }

  /// The boxes in the order of execution; the image is the first.
  package internal(set) var boxes: [Box]
  /// The arrows, in the order of the boxes that they end at.
  package internal(set) var arrows: [Arrow]
  /// Blocks that stand for themselves and for those after them that are alike, by path.
  package internal(set) var repetitions: [String: Repetition] = [:]

  /// Consecutive blocks that are drawn once.
  package struct Repetition: Hashable, Sendable {
    /// How many there are.
    package let count: Int
    /// Path of the last one.
    let last: String
    /// Whether each reads the outputs of all before it, as in DenseNet.
    package let isDense: Bool
  }

  /// Draws `graph` with the auxiliary heads that it has.
  ///
  /// - Parameters:
  ///   - graph: The network.
  ///   - names: What the paper calls layers, by their paths.
  ///   - depth: Levels of blocks that are expanded; deeper ones are a box each.
  package init(_ graph: Graph, names: [String: String] = [:], depth: Int = .max) {
    let batch = graph.input.shape.batch
    boxes = [
      Box(
        label: batch == 1 ? "input" : "input, batch of \(batch)", kind: nil, blocks: [],
        output: graph.input.shape, showsOutput: true)
    ]
    arrows = []
    addBoxes(of: graph, names: names)
    while foldRepeatedBlocks() {}
    collapseBlocks(below: depth)
    showStages()
  }

  private mutating func addBoxes(of graph: Graph, names: [String: String]) {
    var readers: [Int: [Node]] = [:]
    for node in graph.nodes {
      for input in node.inputs { readers[input.id, default: []].append(node) }
    }
    /// The boxes that a value comes from; several where a concatenation is drawn as arrows only.
    var sourcesOfValue: [Int: [Int]] = [graph.input.id: [0]]
    /// A norm or activation that is drawn in the box of the convolution behind it.
    var pending: [Int: String] = [:]

    for node in graph.nodes {
      let sources = node.inputs.flatMap { sourcesOfValue[$0.id] ?? [] }
      let readersOfOutput = readers[node.output.id] ?? []
      let pendingBefore = pending[node.inputs[0].id]
      // Concatenations that grow step by step are drawn as arrows to where their parts are read.
      guard let depiction = node.depiction,
        depiction.kind != .concatenation
          || !readersOfOutput.contains(where: { $0.depiction?.kind == .concatenation })
      else {
        sourcesOfValue[node.output.id] = sources.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        pending[node.output.id] = pendingBefore
        continue
      }
      if depiction.isAttached {
        let isOnlyReader = node.inputs.allSatisfy { readers[$0.id]?.count == 1 }
        if isOnlyReader, pendingBefore == nil, sources.count == 1,
          boxes[sources[0]].takes(depiction.kind)
        {
          boxes[sources[0]].attach(depiction)
          sourcesOfValue[node.output.id] = sources
          continue
        }
        if readersOfOutput.count == 1, let next = readersOfOutput[0].depiction,
          next.isAttached || next.kind == .convolution
        {
          sourcesOfValue[node.output.id] = sources
          pending[node.output.id] = (pendingBefore.map { "\($0)-" } ?? "") + depiction.label
          continue
        }
      }
      var blocks = Self.blocks(around: node.name)
      if depiction.kind == .concatenation && sources.count > 2 {
        // The concatenation at the end of a dense block belongs to the block, not to its last layer.
        blocks = blocks.filter { block in sources.count { boxes[$0].blocks.contains(block) } > 1 }
      }
      let name =
        names[node.name] ?? names[String(node.name.split(separator: ".").dropLast().joined(separator: "."))]
      boxes.append(
        Box(
          label: (name.map { "\($0): " } ?? "") + (pendingBefore.map { "\($0)-" } ?? "") + depiction.label,
          kind: depiction.kind, blocks: blocks, output: node.output.shape))
      sourcesOfValue[node.output.id] = [boxes.count - 1]
      for source in sources where !arrows.contains(Arrow(from: source, to: boxes.count - 1)) {
        arrows.append(Arrow(from: source, to: boxes.count - 1))
      }
    }
  }

  /// `layer1` and `layer1.0` for `layer1.0.conv1`.
  private static func blocks(around path: String) -> [String] {
    let steps = path.split(separator: ".")
    return steps.indices.dropFirst().map { steps[..<$0].joined(separator: ".") }
  }

  /// Draws blocks at a depth as a box each.
  private mutating func collapseBlocks(below depth: Int) {
    var position: [Int] = []  // the new position of each box
    var collapsed: [Box] = []
    var last: String?
    for (index, box) in boxes.enumerated() {
      let block = box.blocks.count >= depth ? box.blocks[depth - 1] : nil
      let isSingle = index + 1 == boxes.count || !boxes[index + 1].blocks.contains { $0 == block }
      if let block, block == last {
        collapsed[collapsed.count - 1].output = box.output
      } else if let block, !isSingle {
        let repetition = repetitions[block].map { "–\($0.last) ×\($0.count)" } ?? ""
        collapsed.append(
          Box(
            label: block + repetition, kind: nil, blocks: Array(box.blocks[..<(depth - 1)]),
            output: box.output, showsOutput: true, isBlock: true))
        last = block
      } else {
        collapsed.append(box)
        last = nil
      }
      position.append(collapsed.count - 1)
    }
    if collapsed.count == boxes.count { return }
    boxes = collapsed
    arrows = arrows.reduce(into: []) { arrows, arrow in
      let moved = Arrow(from: position[arrow.from], to: position[arrow.to])
      if moved.from < moved.to, !arrows.contains(moved) { arrows.append(moved) }
    }
  }

  /// Shows the shape of what leaves each stage: the last box on every path before the feature maps change their size.
  private mutating func showStages() {
    var covering = [Int](repeating: 0, count: boxes.count + 1)
    for arrow in arrows where arrow.to > arrow.from + 1 {
      covering[arrow.from + 1] += 1
      covering[arrow.to] -= 1
    }
    var covered = 0
    let cuts = boxes.indices.filter { index in
      covered += covering[index]
      return covered == 0
    }
    func extents(_ index: Int) -> [Int] { Array(boxes[index].output.dimensions.dropFirst(2)) }
    for (index, next) in zip(cuts, cuts.dropFirst()) {
      if !extents(index).isEmpty, extents(index) != extents(next) { boxes[index].showsOutput = true }
    }
  }
}
