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

  private static func images(_ plan: Plan) -> [Float] {
    var generator = Generator("images")
    return generator.floats(plan.division.runs * plan.graph.input.shape.count)
  }

  private static func logits(_ plan: Plan, threads: Int, _ images: [Float]? = nil) throws -> [Float] {
    let executor = try Executor(plan, parameters: ScaledNoise(), threads: threads)
    let input = images ?? BFloat16PlanTests.images(plan)
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

  /// A linear layer rounds the inputs of several images, and those of one it does not.
  @Test func imagesTogetherAndAloneStayClose() throws {
    let together = Plan(try BFloat16PlanTests.network(batch: 3), precision: .bfloat16)
    let alone = Plan(try BFloat16PlanTests.network(batch: 1), precision: .bfloat16)
    let images = BFloat16PlanTests.images(together)
    let size = images.count / 3
    let logits = try (0..<3).flatMap {
      try BFloat16PlanTests.logits(alone, threads: 1, Array(images[$0 * size..<($0 + 1) * size]))
    }
    let comparison = Comparison(try BFloat16PlanTests.logits(together, threads: 1, images), logits)
    #expect(comparison.error < 0x1p-7, "\(comparison)")
  }

  @Test(arguments: [1, 3]) func threadsChangeNoBit(batch: Int) throws {
    let plan = Plan(try BFloat16PlanTests.network(batch: batch), precision: .bfloat16)
    let single = try BFloat16PlanTests.logits(plan, threads: 1)
    for threads in [2, 3] { #expect(try BFloat16PlanTests.logits(plan, threads: threads) == single) }
  }

  /// Asked for OpenBLAS, a plan multiplies bfloat16 where the library does, and is the usual one where it does not.
  @Test(arguments: [1, 3]) func throughOpenBLAS(batch: Int) throws {
    let graph = try BFloat16PlanTests.network(batch: batch)
    let (usual, asked) = (
      Plan(graph, precision: .bfloat16), Plan(graph, convolution: .openBLAS, precision: .bfloat16)
    )
    let (expected, found) = (
      try BFloat16PlanTests.logits(usual, threads: 1), try BFloat16PlanTests.logits(asked, threads: 1)
    )
    let algorithms = Set(asked.steps.filter { $0.node.operation.kind == "conv" }.map(\.routine.algorithm))
    #expect(!usual.steps.contains { $0.routine.algorithm.contains("sbgemm") })
    guard KernelSet.best.multipliesBFloat16Pairs else { return }
    guard BLAS.multipliesBFloat16 else {
      #expect(found == expected)
      #expect(asked.steps.map(\.routine.algorithm) == usual.steps.map(\.routine.algorithm))
      return
    }
    #expect(algorithms == ["im2col_bf16", "sbgemm"])
    #expect(asked.callsOpenBLAS && !usual.callsOpenBLAS)
    let comparison = Comparison(found, expected)
    #expect(comparison.error < 0x1p-6, "\(comparison)")
    for threads in [2, 3] { #expect(try BFloat16PlanTests.logits(asked, threads: threads) == found) }
  }

  /// Where the CPU multiplies bfloat16, all feature maps are stored in it; vectors and logits never are.
  @Test func planTellsWhatIsRounded() throws {
    let graph = try BFloat16PlanTests.network(batch: 1)
    let (full, rounded) = (Plan(graph), Plan(graph, precision: .bfloat16))
    #expect(rounded.description.precision == .bfloat16 && full.description.precision == .float32)
    #expect(rounded.steps.last?.routine.algorithm == "matrix_vector_bf16")
    #expect(rounded.memory.weightBytes < full.memory.weightBytes)
    let format = KernelSet.best.multipliesBFloat16Pairs ? ValueFormat.bfloat16 : .float32
    for layout in [rounded.input.layout] + rounded.steps.map(\.request.output) {
      #expect(layout.format == (layout.pixelsPerImage > 1 ? format : .float32), "\(layout)")
    }
    #expect(full.steps.allSatisfy { $0.request.output.format == .float32 })
    let kept = Plan(graph, disabled: [Plan.bfloat16Maps], precision: .bfloat16)
    #expect(kept.steps.allSatisfy { $0.request.output.format == .float32 })
    let products = rounded.steps.count { $0.routine.algorithm == "bf16_gemm" }
    #expect((products > 0) == KernelSet.best.multipliesBFloat16Pairs)
  }

  /// Operators without a form for bfloat16, a concatenation in place and by copies, a slice, a gate and both poolings.
  @Test(arguments: [1, 2]) func everyKindOfOperator(batch: Int) throws {
    let graph = try Graph.build(input: [batch, 3, 40, 40]) { (image, net) throws(GraphError) in
      var x = try net.batchNormReLU("bn", net.conv("stem", image, to: 48, kernel: 7, stride: 2, padding: 3))
      x = try net.localResponseNorm("lrn", x, size: 5, alpha: 1e-4, beta: 0.75, bias: 1)
      let left = try net.relu(net.conv("left", x, to: 24, kernel: 3, padding: 1, bias: true))
      let pooled = try net["right"].averagePool(x, kernel: 3, stride: 1, padding: 1)
      let right = try net.hardSwish(net.conv("right", pooled, to: 40, kernel: 5, padding: 2, bias: true))
      x = try net.concat([left, right, left])
      x = try net.silu(net.conv("depthwise", x, to: 88, kernel: 5, padding: 2, groups: 88, bias: true))
      let gate = try net.sigmoid(
        net.conv("gate", net["gate"].adaptiveAveragePool(x, to: 1), to: 88, kernel: 1, bias: true))
      x = try net.multiply(x, by: gate)
      x = try net.channelShuffle(
        net.conv("grouped", x, to: 88, kernel: 3, stride: 2, padding: 1, groups: 11), groups: 11)
      let shortcut = try net.conv("shortcut", x, to: 64, kernel: 1)
      x = try net.gelu(net.layerNorm("ln", net.conv("deep", x, to: 64, kernel: 3, padding: 1)))
      x = try net["end"].sum(x, shortcut)
      x = try net["cells"].adaptiveAveragePool(net.maxPool(x, kernel: 2, stride: 2), to: 3)
      return try net.linear("fc", net.flatten(x), to: 10)
    }
    let exact = try BFloat16PlanTests.logits(Plan(graph), threads: 1)
    let plan = Plan(graph, precision: .bfloat16)
    let found = try BFloat16PlanTests.logits(plan, threads: 1)
    let comparison = Comparison(found, exact)
    #expect(comparison.error < 0x1p-5 && comparison.error > 0, "\(comparison)")
    for threads in [2, 3] { #expect(try BFloat16PlanTests.logits(plan, threads: threads) == found) }
    let apart = Plan(graph, disabled: [Plan.sharing], precision: .bfloat16)
    #expect(try BFloat16PlanTests.logits(apart, threads: 1) == found)
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
    let exact = try BFloat16PlanTests.logits(Plan(graph), threads: 1)
    for convolution in [ConvolutionChoice.automatic, .openBLAS] {
      let plan = Plan(graph, convolution: convolution, precision: .bfloat16)
      let comparison = Comparison(try BFloat16PlanTests.logits(plan, threads: 2), exact)
      #expect(comparison.error < 0x1p-6 && comparison.error > 0, "\(convolution.name): \(comparison)")
    }
  }
}
