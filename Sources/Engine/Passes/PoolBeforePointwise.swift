import GraphIR
import TensorCore

extension Pass {
  /// A mean over windows is taken before the 1×1 convolution in front of it.
  ///
  /// The convolution maps each pixel by the same affine function, and the mean of such values is that function
  /// of the mean, so they commute; the convolution then has fewer pixels to compute. DenseNet's transitions
  /// (Huang et al., section 3) are built so.
  static let poolBeforePointwise = Pass(name: "pool_before_pointwise") { graph in
    let flow = Dataflow(graph)
    var nextValue = (graph.nodes.map(\.output.id).max() ?? graph.input.id) + 1
    for (index, node) in graph.nodes.enumerated() {
      guard node.semantics == .mean,
        let producer = flow.soleProducer(of: node.inputs[0]), producer == index - 1,
        graph.nodes[producer].semantics == .pointwise
      else { continue }
      var first = node
      var second = graph.nodes[producer]
      let input = second.inputs[0]
      first.inputs = [input]
      first.output = Value(
        id: nextValue,
        shape: [input.shape.batch, input.shape.channels, node.output.shape.height, node.output.shape.width])
      nextValue += 1
      second.inputs = [first.output]
      second.output = node.output
      graph.nodes[producer] = first
      graph.nodes[index] = second
    }
  }
}
