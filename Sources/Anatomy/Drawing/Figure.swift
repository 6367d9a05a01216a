import GraphIR
import Ops
import TensorCore

/// A network as papers draw it: a box for a convolution with what belongs to it, arrows for what flows.
package struct Figure: Sendable {
  /// One box.
  package struct Box: Sendable {
    /// What stands in it: `3×3 conv, 64, /2`.
    package fileprivate(set) var label: String
    /// What color it has.
    package let kind: Kind
    /// Paths of the blocks around it, outermost first: `layer1`, `layer1.0`.
    package let blocks: [String]

    /// Whether a norm or activation behind it is drawn as part of it: a convolution's norm, a sum's ReLU.
    fileprivate func takes(_ node: Node) -> Bool {
      switch kind {
      case .convolution, .linear, .other: true
      case .join: label.hasPrefix("+") && node.operation is Activate
      case .input, .pool, .norm: false
      }
    }
  }

  /// What a box stands for.
  package enum Kind: Sendable {
    case input
    case convolution
    case linear
    case pool
    case norm
    case join
    case other
  }

  /// An arrow between two boxes, by their positions.
  package struct Arrow: Hashable, Sendable {
    /// Where it starts.
    package let from: Int
    /// Where it ends.
    package let to: Int
  }

  /// The boxes in the order of execution; the image is the first.
  package private(set) var boxes: [Box]
  /// The arrows, in the order of the boxes that they end at.
  package private(set) var arrows: [Arrow]

  /// Draws `graph` without its auxiliary heads.
  package init(_ graph: Graph) {
    let graph = graph.withoutAuxiliaries()
    boxes = [Box(label: "input \(graph.input.shape)", kind: .input, blocks: [])]
    arrows = []
    var readers: [Int: [Node]] = [:]
    for node in graph.nodes {
      for input in node.inputs { readers[input.id, default: []].append(node) }
    }
    /// The boxes that make a value; several where a concatenation is only wiring.
    var makers: [Int: [Int]] = [graph.input.id: [0]]
    /// A norm or activation that waits for the convolution behind it.
    var waiting: [Int: String] = [:]

    for node in graph.nodes {
      let sources = node.inputs.flatMap { makers[$0.id] ?? [] }
      let isOnlyReader = node.inputs.allSatisfy { readers[$0.id]?.count == 1 }
      if Self.isInvisible(node) || node.operation is Concat && Self.feedsConcat(node, readers) {
        makers[node.output.id] = sources.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        waiting[node.output.id] = waiting[node.inputs[0].id]
        continue
      }
      if let word = Self.companion(node) {
        if isOnlyReader, waiting[node.inputs[0].id] == nil, sources.count == 1,
          boxes[sources[0]].takes(node)
        {
          if boxes[sources[0]].kind == .join { boxes[sources[0]].label += " \(word)" }
          makers[node.output.id] = sources
          continue
        }
        let readers = readers[node.output.id] ?? []
        if readers.count == 1, Self.companion(readers[0]) != nil || readers[0].operation is Convolution {
          makers[node.output.id] = sources
          waiting[node.output.id] = (waiting[node.inputs[0].id].map { "\($0)-" } ?? "") + word
          continue
        }
      }
      let prefix = node.inputs.first.flatMap { waiting[$0.id] }.map { "\($0)-" } ?? ""
      boxes.append(
        Box(label: prefix + Self.label(node), kind: Self.kind(node), blocks: Self.blocks(around: node.name)))
      makers[node.output.id] = [boxes.count - 1]
      for source in sources where !arrows.contains(Arrow(from: source, to: boxes.count - 1)) {
        arrows.append(Arrow(from: source, to: boxes.count - 1))
      }
    }
  }

  /// What changes no value at all, or only its shape.
  private static func isInvisible(_ node: Node) -> Bool {
    node.operation is Dropout || node.operation is Flatten
  }

  /// Concatenations that grow step by step are drawn as arrows to where their parts are used.
  private static func feedsConcat(_ node: Node, _ readers: [Int: [Node]]) -> Bool {
    readers[node.output.id]?.contains { $0.operation is Concat } ?? false
  }

  /// The word for what has no box of its own beside a convolution.
  private static func companion(_ node: Node) -> String? {
    switch node.operation {
    case is BatchNorm: "BN"
    case let operation as Activate: operation.activation == .relu ? "ReLU" : "tanh"
    default: nil
    }
  }

  private static func kind(_ node: Node) -> Kind {
    switch node.operation {
    case is Convolution: .convolution
    case is Linear: .linear
    case is Pool, is AdaptiveAveragePool: .pool
    case is LocalResponseNorm, is BatchNorm, is Activate: .norm
    case is Add, is Concat: .join
    default: .other
    }
  }

  private static func label(_ node: Node) -> String {
    let operation = node.operation
    switch operation {
    case let convolution as Convolution:
      let groups = convolution.groups > 1 ? ", \(convolution.groups) groups" : ""
      return "\(size(convolution.window)) conv, \(convolution.channels)\(stride(convolution.window))\(groups)"
    case let linear as Linear:
      return "fc \(linear.features)"
    case let pool as Pool:
      return "\(size(pool.window)) \(pool.isMaximum ? "max" : "average") pool\(stride(pool.window))"
    case is AdaptiveAveragePool:
      return "average pool"
    case is LocalResponseNorm:
      return "local response norm"
    case is Add:
      return "+"
    case is Concat:
      return "concat \(node.output.shape.channels)"
    default:
      return companion(node) ?? "\(operation.kind) \(operation)"
    }
  }

  private static func size(_ window: Window) -> String { "\(window.height.kernel)×\(window.width.kernel)" }

  private static func stride(_ window: Window) -> String {
    window.height.stride == 1 && window.width.stride == 1 ? "" : ", /\(window.height.stride)"
  }

  /// `layer1` and `layer1.0` for `layer1.0.conv1`.
  private static func blocks(around path: String) -> [String] {
    let steps = path.split(separator: ".")
    return steps.indices.dropFirst().map { steps[..<$0].joined(separator: ".") }
  }
}

extension Figure {
  /// A block with its boxes, for a frame around them.
  struct Frame: Sendable {
    let path: String
    /// Frames around this one.
    let depth: Int
    let members: [Int]
  }

  /// The blocks that hold at least two boxes and not the whole network, outermost first.
  var frames: [Frame] {
    var members: [String: [Int]] = [:]
    var paths: [String] = []
    for (index, box) in boxes.enumerated() {
      for path in box.blocks {
        if members[path] == nil { paths.append(path) }
        members[path, default: []].append(index)
      }
    }
    return paths.compactMap { path in
      guard let boxes = members[path], boxes.count > 1 else { return nil }
      return Frame(path: path, depth: path.split(separator: ".").count - 1, members: boxes)
    }.sorted { $0.depth < $1.depth }
  }
}
