import GraphIR
import TensorCore

/// What of a network can be bytes: its layers, and the values between them.
package struct ByteCandidates: Sendable {
  /// The layers whose weights can be signed bytes, in the order in which they run.
  package let layers: [String]
  /// The values that are bytes then, by name, in groups that have one quantization each: what is concatenated, pooled by
  /// maxima or cut into slices keeps its bytes.
  package let groups: [[String]]

  /// The candidates in a network.
  ///
  /// Squeeze-and-excitation stays float32: its products are few, and its results scale everything.
  ///
  /// - Parameters:
  ///   - network: the graph as the architecture builds it.
  ///   - excluded: layers that are to stay float32, by name.
  package init(_ network: Graph, excluding excluded: Set<String> = []) {
    let graph = network.optimizedForBytes
    let nodes = graph.nodes.filter { node in
      !excluded.contains(node.name) && node.byteLayer != nil && !node.isGate
    }
    layers = nodes.map(\.name)

    var included = Set(nodes.flatMap { ($0.inputs + [$0.output]).map(\.id) })
    included.remove(graph.output.id)
    var groups = Groups()
    var before = -1
    while before != included.count {
      before = included.count
      for node in graph.nodes where node.output != graph.output {
        let inputs = node.inputs.map(\.id)
        switch node.operation.byteForm(node.inputs.map(\.shape)) {
        case .unchanged where (inputs + [node.output.id]).contains(where: included.contains):
          included.formUnion(inputs + [node.output.id])
          for id in inputs { groups.join(node.output.id, id) }
        case .rounded where included.contains(node.output.id): included.formUnion(inputs)
        default: break
        }
      }
    }
    var names: [Int: [String]] = [:]
    var order: [Int] = []
    for (name, value) in graph.namedValues where included.contains(value.id) {
      let group = groups.representative(of: value.id)
      if names[group] == nil { order.append(group) }
      names[group, default: []].append(name)
    }
    self.groups = order.compactMap { names[$0] }
  }

  /// The scheme with a quantization for each group; as many as there are groups.
  package func scheme(_ quantizations: [Quantization]) -> QuantizationScheme {
    let pairs = zip(groups, quantizations).flatMap { names, quantization in names.map { ($0, quantization) } }
    // Slices of one value, which ShuffleNet calls alike, are in one group.
    return QuantizationScheme(values: Dictionary(pairs) { first, _ in first }, layers: Set(layers))
  }

  /// A scheme for measurements of time, which does not depend on the steps of bytes.
  package var uncalibrated: QuantizationScheme {
    scheme(groups.map { _ in Quantization(scale: 1 / 32, zeroPoint: 64) })
  }
}

extension Graph {
  /// The graph that becomes bytes, still in floats.
  package var optimizedForBytes: Graph {
    var graph = self
    graph.quantization = nil
    return graph.optimized(without: Pass.keptForBytes)
  }
}

extension Node {
  /// Whether it is a convolution of single pixels in front of others: what computes the gates of squeeze-and-excitation.
  fileprivate var isGate: Bool { output.shape.rank == 4 && output.shape.height * output.shape.width == 1 }
}

/// Disjoint sets of values.
private struct Groups {
  private var parents: [Int: Int] = [:]

  func representative(of value: Int) -> Int {
    var value = value
    while let parent = parents[value], parent != value { value = parent }
    return value
  }

  mutating func join(_ first: Int, _ second: Int) {
    let (first, second) = (representative(of: first), representative(of: second))
    if first != second { parents[max(first, second)] = min(first, second) }
  }
}
