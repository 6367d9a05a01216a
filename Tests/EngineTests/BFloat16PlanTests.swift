import Engine
import GraphIR
import Kernels
import Ops
import Support
import TensorCore
import Testing

/// Networks in bfloat16.
@Suite struct BFloat16PlanTests {
  private static func network(batch: Int) throws -> Graph {
    try Graph.build(input: [batch, 3, 32, 32]) { (image, net) throws(GraphError) in
      var x = try net.relu(net.conv("stem", image, to: 64, kernel: 3, padding: 1, bias: true))
      let shortcut = x
      x = try net.relu(net.conv("reduce", x, to: 128, kernel: 1, stride: 2, bias: true))
      x = try net.relu(net.conv("wide", x, to: 320, kernel: 1, bias: true))
      x = try net.conv("restore", x, to: 64, kernel: 1, bias: true)
      x = try net.relu(net.sum(x, net.conv("project", shortcut, to: 64, kernel: 1, stride: 2)))
      return try net.linear("fc", net.flatten(x), to: 10)
    }
  }

  private static func logits(_ plan: Plan, threads: Int) throws -> [Float] {
    let executor = try Executor(plan, parameters: ScaledNoise(), threads: threads)
    var generator = Generator("images")
    let input = generator.floats(plan.division.runs * plan.graph.input.shape.count)
    var logits = [Float](repeating: .nan, count: plan.division.runs * plan.graph.output.shape.count)
    logits.withUnsafeMutableBufferPointer { buffer in
      if let pointer = buffer.baseAddress { executor.run(input, into: pointer) }
    }
    return logits
  }

  /// Eight bits of each operand, and errors that add up at random; and float32 stays as it was.
  @Test(arguments: [1, 3]) func logitsStayClose(batch: Int) throws {
    let graph = try BFloat16PlanTests.network(batch: batch)
    let exact = try BFloat16PlanTests.logits(Plan(graph), threads: 1)
    let comparison = Comparison(
      try BFloat16PlanTests.logits(Plan(graph, precision: .bfloat16), threads: 1), exact)
    #expect(comparison.error < 0x1p-6 && comparison.error > 0, "\(comparison)")
    #expect(try BFloat16PlanTests.logits(Plan(graph, precision: .float32), threads: 1) == exact)
  }

  @Test(arguments: [1, 3]) func threadsChangeNoBit(batch: Int) throws {
    let plan = Plan(try BFloat16PlanTests.network(batch: batch), precision: .bfloat16)
    let single = try BFloat16PlanTests.logits(plan, threads: 1)
    for threads in [2, 3] { #expect(try BFloat16PlanTests.logits(plan, threads: threads) == single) }
  }

  /// Weights take half the memory wherever they are rounded, and the image is never rounded.
  @Test func planTellsWhatIsRounded() throws {
    let graph = try BFloat16PlanTests.network(batch: 1)
    let (full, rounded) = (Plan(graph), Plan(graph, precision: .bfloat16))
    #expect(rounded.description.precision == .bfloat16 && full.description.precision == .float32)
    #expect(rounded.steps[0].routine.algorithm == full.steps[0].routine.algorithm)
    #expect(rounded.steps.last?.routine.algorithm == "matrix_vector_bf16")
    let products = rounded.steps.count { $0.routine.algorithm == "bf16_gemm" }
    #expect((products > 0) == KernelSet.best.multipliesBFloat16Pairs)
    #expect(rounded.memory.weightBytes < full.memory.weightBytes)
  }

  /// A pre-activation network normalizes the inputs of its 1×1 convolutions as it reads them.
  @Test func normalizedInputs() throws {
    let graph = try Graph.build(input: [1, 3, 16, 16]) { (image, net) throws(GraphError) in
      var x = try net.conv("stem", image, to: 48, kernel: 3, padding: 1)
      for layer in 1...2 {
        x = try net.batchNormReLU("bn\(layer)", x)
        x = try net.conv("conv\(layer)", x, to: 256, kernel: 1)
      }
      return try net.linear("fc", net.flatten(x), to: 10)
    }
    let plan = Plan(graph, precision: .bfloat16)
    let comparison = Comparison(
      try BFloat16PlanTests.logits(plan, threads: 2), try BFloat16PlanTests.logits(Plan(graph), threads: 1))
    #expect(comparison.error < 0x1p-6 && comparison.error > 0, "\(comparison)")
  }
}
