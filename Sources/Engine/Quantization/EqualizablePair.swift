import GraphIR
import TensorCore

/// A value between two layers whose channels can be rescaled without changing what the network computes.
///
/// What makes the value multiplies each channel by a positive factor, and the weights of the layer that reads it are divided by
/// the same. That is exact if the activation between them is positively homogeneous and nothing else reads the value: Nagel and
/// others, "Data-free quantization through weight equalization and bias correction", ICCV 2019, section 4.1.
package struct EqualizablePair: Hashable, Sendable {
  /// The value, by the name that a ``QuantizationScheme`` has for it: that of the layer that makes it.
  package let value: String
  /// The layer that reads it, by name.
  package let reader: String
  /// The tensors that multiply the value: each has a row for each channel.
  let multiplied: [Parameter]
  /// The reader's weights, `[O, I / groups, …]`.
  let weight: Parameter
}

extension Graph {
  /// The values of a network that can be rescaled, in the order in which they are read, among those that are bytes and are
  /// read by a layer in bytes.
  package func equalizablePairs(_ candidates: ByteCandidates) -> [EqualizablePair] {
    // Norms and activations are still nodes here, with the same values as in the optimized graph.
    let graph = simplified(foldsNorms: false)
    let flow = Dataflow(graph)
    let layers = Set(candidates.layers)
    let bytes = Set(candidates.groups.joined())
    let named = optimizedForBytes.namedValues.filter { bytes.contains($0.name) }
    let names = Dictionary(named.map { ($0.value.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    return graph.nodes.filter { layers.contains($0.name) }.compactMap { reader in
      let value = reader.inputs[0]
      guard let name = names[value.id], let weight = reader.parameters.first?.tensors.first,
        let tensors = graph.tensorsMultiplying(value, flow)
      else { return nil }
      return EqualizablePair(value: name, reader: reader.name, multiplied: tensors, weight: weight)
    }
  }

  /// The tensors whose rows multiply the channels of a value, if there are such and the value has one reader.
  private func tensorsMultiplying(_ value: Value, _ flow: Dataflow) -> [Parameter]? {
    guard let producer = flow.soleProducer(of: value) else { return nil }
    let node = nodes[producer]
    switch node.semantics {
    case .activation(let activation):
      return activation.isPositivelyHomogeneous ? tensorsMultiplying(node.inputs[0], flow) : nil
    case .norm(let norm, let activation):
      return activation.isPositivelyHomogeneous ? [norm.scale, norm.shift] : nil
    default:
      // An operator that takes a factor into its parameters has it in all of them.
      return node.fusing(.scale(.constant(1)), for: .inference)?.parameters.flatMap(\.tensors)
    }
  }
}
