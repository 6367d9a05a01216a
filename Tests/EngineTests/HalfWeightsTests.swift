import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Fully connected layers with weights in float16.
@Suite struct HalfWeightsTests {
  /// A network with enough weights to read them once for all images.
  private static func network(batch: Int) throws -> Graph {
    try Graph.build(input: [batch, 3, 9, 9]) { (image, net) throws(GraphError) in
      var x = try net.relu(net.linear("fc1", net.flatten(image), to: 4001))
      x = try net.relu(net.linear("fc2", x, to: 601, bias: false))
      return try net.linear("fc3", x, to: 11)
    }
  }

  private static func logits(_ graph: Graph, _ precision: ComputePrecision, threads: Int) throws -> [Float] {
    let plan = Plan(graph, precision: precision)
    let executor = try Executor(plan, parameters: ScaledNoise(), threads: threads)
    var generator = Generator("images")
    let input = generator.floats(graph.input.shape.count)
    var logits = [Float](repeating: .nan, count: graph.output.shape.count)
    logits.withUnsafeMutableBufferPointer { buffer in
      if let pointer = buffer.baseAddress { executor.run(input, into: pointer) }
    }
    return logits
  }

  /// Weights keep eleven bits, and rounding errors add up at random.
  @Test(arguments: [1, 2, 5, 40]) func logitsStayClose(batch: Int) throws {
    let graph = try HalfWeightsTests.network(batch: batch)
    let half = try HalfWeightsTests.logits(graph, .float16LinearWeights, threads: 1)
    let comparison = Comparison(half, try HalfWeightsTests.logits(graph, .float32, threads: 1))
    #expect(comparison.error < 0x1p-10 && comparison.error > 0, "\(comparison)")
  }

  @Test(arguments: [1, 40]) func threadsChangeNoBit(batch: Int) throws {
    let graph = try HalfWeightsTests.network(batch: batch)
    #expect(
      try HalfWeightsTests.logits(graph, .float16LinearWeights, threads: 3)
        == HalfWeightsTests.logits(graph, .float16LinearWeights, threads: 1))
  }

  /// The plan states the memory: half as much for the weights, and a factor per output.
  @Test func memoryIsHalved() throws {
    let graph = try HalfWeightsTests.network(batch: 1)
    let full = Plan(graph).memory.weightBytes
    let half = Plan(graph, precision: .float16LinearWeights).memory.weightBytes
    let outputs = 4001 + 601 + 11
    #expect(half > full / 2 && half < full / 2 + 3 * 4 * outputs)
  }

  /// Convolutions do not change.
  @Test func onlyLinearLayersAreKeptSo() throws {
    let graph = try PlanTests.network()
    let (full, half) = (Plan(graph), Plan(graph, precision: .float16LinearWeights))
    for (a, b) in zip(full.steps, half.steps) where !(a.node.operation is Linear) {
      #expect(a.routine.algorithm == b.routine.algorithm && a.routine.packedCount == b.routine.packedCount)
    }
    #expect(half.steps.last?.routine.algorithm == "matrix_vector_f16")
    let linear = try HalfWeightsTests.network(batch: 2)
    #expect(
      Plan(linear, precision: .float16LinearWeights).steps.last?.routine.algorithm == "matrix_vectors_f16")
  }
}
