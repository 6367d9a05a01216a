import GraphIR
import Ops
import TensorCore
import Testing

/// Padding that follows from the size of the input.
@Suite struct PaddingTests {
  /// Outputs and padding of TensorFlow's "SAME", by its formula: max((⌈in / s⌉ - 1) · s + (k - 1) · d + 1 - in, 0) in all,
  /// the smaller part first.
  @Test(arguments: [
    (input: 224, kernel: 3, stride: 2, dilation: 1, outputs: 112, leading: 0, trailing: 1),
    (input: 56, kernel: 5, stride: 2, dilation: 1, outputs: 28, leading: 1, trailing: 2),
    (input: 7, kernel: 3, stride: 2, dilation: 1, outputs: 4, leading: 1, trailing: 1),
    (input: 14, kernel: 5, stride: 1, dilation: 1, outputs: 14, leading: 2, trailing: 2),
    (input: 14, kernel: 2, stride: 1, dilation: 1, outputs: 14, leading: 0, trailing: 1),
    (input: 15, kernel: 3, stride: 2, dilation: 2, outputs: 8, leading: 2, trailing: 2),
    (input: 14, kernel: 1, stride: 2, dilation: 1, outputs: 7, leading: 0, trailing: 0),
    (input: 6, kernel: 2, stride: 3, dilation: 1, outputs: 2, leading: 0, trailing: 0),
  ])
  func same(
    input: Int, kernel: Int, stride: Int, dilation: Int, outputs: Int, leading: Int, trailing: Int
  ) {
    let axis = WindowAxis(kernel: kernel, stride: stride, padding: .same, over: input, dilation: dilation)
    #expect(axis.leadingPadding == leading && axis.trailingPadding == trailing)
    #expect(axis.outputs(of: input) == outputs)
  }

  @Test func operators() throws {
    let graph = try Graph.build(input: [1, 3, 14, 15]) { (image, net) throws(GraphError) in
      var x = try net.conv("conv", image, to: 8, kernel: 3, stride: 2, padding: .same)
      x = try net.maxPool(x, kernel: 3, stride: 2, padding: .same)
      return try net.averagePool(x, kernel: 2, stride: 1, padding: .same)
    }
    #expect(graph.nodes.map(\.output.shape) == [[1, 8, 7, 8], [1, 8, 4, 4], [1, 8, 4, 4]])
    #expect("\(graph.nodes[0].operation)" == "3×3, stride 2, padding 0+1×1")
    #expect("\(graph.nodes[1].operation)" == "max 3×3, stride 2, padding 1×0+1")
  }
}
