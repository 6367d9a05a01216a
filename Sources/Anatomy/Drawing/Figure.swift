import GraphIR
import TensorCore

/// A network as papers draw it: a box for each convolution with its norm and activation, arrows for the data.
package struct Figure: Sendable {
  /// One box.
  package struct Box: Hashable, Sendable {
    /// What stands in it: `3×3 conv, 64, /2`.
    package fileprivate(set) var label: String
    /// What it stands for; `nil` for the image.
    package let kind: Depiction.Kind?
    /// Paths of the blocks around it, outermost first: `layer1`, `layer1.0`.
    package let blocks: [String]

    /// Whether a norm or activation behind it is drawn as part of it: a convolution's norm, a sum's ReLU.
    fileprivate func takes(_ attached: Depiction.Kind) -> Bool {
      switch kind {
      case .convolution, .linear, .other: true
      case .sum: attached == .activation
      case .pool, .norm, .activation, .concatenation, nil: false
      }
    }

    /// Draws a norm or an activation as part of this box.
    fileprivate mutating func attach(_ depiction: Depiction) {
      if depiction.isNamed {
        label += kind == .sum ? " \(depiction.label)" : ", \(depiction.label)"
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
  }

  /// Draws `graph` without its auxiliary heads.
  package init(_ graph: Graph) {
    let graph = graph.withoutAuxiliaries()
    boxes = [Box(label: "input \(graph.input.shape)", kind: nil, blocks: [])]
    arrows = []
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
      boxes.append(
        Box(
          label: (pendingBefore.map { "\($0)-" } ?? "") + depiction.label, kind: depiction.kind,
          blocks: Self.blocks(around: node.name)))
      sourcesOfValue[node.output.id] = [boxes.count - 1]
      for source in sources where !arrows.contains(Arrow(from: source, to: boxes.count - 1)) {
        arrows.append(Arrow(from: source, to: boxes.count - 1))
      }
    }
    while foldRepeatedBlocks() {}
  }

  /// `layer1` and `layer1.0` for `layer1.0.conv1`.
  private static func blocks(around path: String) -> [String] {
    let steps = path.split(separator: ".")
    return steps.indices.dropFirst().map { steps[..<$0].joined(separator: ".") }
  }
}
