import GraphIR
import Kernels
import Ops
import TensorCore

extension Pass {
  /// A mean over windows without padding, behind a 1×1 convolution, is taken before it.
  ///
  /// Both are linear, and the convolution mixes channels only, so they commute; the convolution then has
  /// fewer pixels to compute. DenseNet's transitions (Huang et al., section 3) are built so.
  static let poolBeforePointwise = Pass(name: "pool_before_pointwise") { graph in
    let flow = Dataflow(graph)
    var nextValue = (graph.nodes.map(\.output.id).max() ?? graph.input.id) + 1
    for (index, node) in graph.nodes.enumerated() {
      guard let pool = node.operation as? Pool, pool.isPlainMean,
        let producer = flow.soleProducer(of: node.inputs[0]), producer == index - 1,
        let convolution = graph.nodes[producer].operation as? Convolution,
        convolution.window.isPointwise, convolution.activation == .identity, !convolution.addsResidual
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

extension Pool {
  /// Whether every output is the mean of equally many inputs.
  fileprivate var isPlainMean: Bool {
    reduction != .maximum && !ceilMode && window.height.padding == 0 && window.width.padding == 0
  }
}
