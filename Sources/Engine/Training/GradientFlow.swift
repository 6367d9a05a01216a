import GraphIR
import Kernels
import TensorCore

/// Which gradients a step of training computes, where they lie, and which of them are sums.
///
/// A value that several nodes read gets its gradient from all of them: the last reader in order writes it,
/// and the others add to it.
struct GradientFlow: Sendable {
  /// For each node, whether it has a backward pass.
  let learns: [Bool]
  /// Values whose gradient is needed, by id: something before them learns.
  let needs: Set<Int>
  /// Where gradients lie: an input of a concatenation inside the gradient of the whole, and a term of a sum in that
  /// of the sum, where these are its last readers and so the first to touch it.
  let placement: Placement

  private let graph: Graph
  private let frozen: Set<String>
  private let accumulates: [[Bool]]

  /// `observed` is a value whose gradient is wanted for its own sake: what produces it has no backward pass.
  init(_ graph: Graph, frozen: Set<String>, disabled: Set<String>, observed: Value? = nil) {
    self.graph = graph
    self.frozen = frozen
    var needs = Set(observed.map { [$0.id] } ?? [])
    for node in graph.nodes
    where node.learnsItself(frozen) || !needs.isDisjoint(with: node.inputs.map(\.id)) {
      needs.insert(node.output.id)
    }
    var lastReader: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastReader[input.id] = index }
    }
    for logits in graph.classifiers { lastReader[logits.id] = graph.nodes.count }
    placement = Placement(graph, disabled: disabled, .backward) { input, node in
      lastReader[input.id] == node
    }

    var learns = graph.nodes.map { _ in false }
    var accumulates = graph.nodes.map { $0.inputs.map { _ in false } }
    var written = Set(graph.classifiers.map(\.id))
    for (index, node) in graph.nodes.enumerated().reversed()
    where written.contains(node.output.id) && needs.contains(node.output.id) && node.output != observed {
      learns[index] = true
      for (position, input) in node.inputs.enumerated() where needs.contains(input.id) {
        accumulates[index][position] = !written.insert(input.id).inserted
      }
    }
    self.needs = needs
    self.learns = learns
    self.accumulates = accumulates
  }

  /// What node `index` is asked for.
  func request(
    ofNode index: Int, values: Placement, convolution: ConvolutionChoice, disabled: Set<String>,
    part: BatchPart
  ) -> TrainingRequest {
    let node = graph.nodes[index]
    let inPlace = placement.inPlace(node)
    return TrainingRequest(
      node: node.name, inputs: node.inputs.map { values.layout(of: $0) },
      output: values.layout(of: node.output), inPlace: values.inPlace(node),
      inputGradients: node.inputs.enumerated().map { position, input in
        guard learns[index], needs.contains(input.id) else { return nil }
        return GradientRequest(
          layout: placement.layout(of: input), accumulates: accumulates[index][position],
          inPlace: inPlace[position])
      },
      outputGradient: placement.layout(of: node.output),
      needsParameterGradients: learns[index] && node.learnsItself(frozen),
      isFrozen: node.isTrainable && !node.learnsItself(frozen), disabled: disabled,
      algorithm: convolution.algorithm, part: part)
  }
}

extension Node {
  /// Whether it has parameters that could be trained.
  fileprivate var isTrainable: Bool { parameters.flatMap(\.tensors).contains { $0.role == .trainable } }

  /// Whether a parameter of its own is trained.
  fileprivate func learnsItself(_ frozen: Set<String>) -> Bool {
    parameters.flatMap(\.tensors).contains { $0.role == .trainable && !frozen.contains($0.name) }
  }
}
