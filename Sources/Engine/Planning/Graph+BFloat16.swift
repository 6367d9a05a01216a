import GraphIR
import Kernels
import TensorCore

extension Plan {
  /// Name by which feature maps in bfloat16 can be switched off.
  package static let bfloat16Maps = "bf16_maps"
}

extension Graph {
  /// Networks with less arithmetic than this take as long in float32.
  private static let fewestMACs = 4_000_000

  /// The graph that inference runs in a precision.
  ///
  /// In bfloat16, feature maps are stored in it where the CPU multiplies it, the image among them. The logits, vectors and
  /// single pixels are floats: they are few, and what is computed from them scales or decides everything.
  func optimized(for precision: ComputePrecision, without disabled: Set<String>) -> Graph {
    var graph = optimized(without: disabled)
    guard precision == .bfloat16, KernelSet.best.multipliesBFloat16Pairs,
      !disabled.contains(Plan.bfloat16Maps), totals.macs / input.shape.batch >= Self.fewestMACs
    else { return graph }
    let logits = graph.output
    func stored(_ value: Value) -> Value {
      let isMap = value.shape.rank == 4 && value.shape.height * value.shape.width > 1
      return isMap && value != logits ? Value(id: value.id, shape: value.shape, format: .bfloat16) : value
    }
    graph.input = stored(graph.input)
    for index in graph.nodes.indices {
      graph.nodes[index].inputs = graph.nodes[index].inputs.map(stored)
      graph.nodes[index].output = stored(graph.nodes[index].output)
    }
    return graph
  }
}
