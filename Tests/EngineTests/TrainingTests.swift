import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Steps of whole networks.
@Suite struct TrainingTests {
  /// Dense layers in one buffer, a residual with a stride, an auxiliary head, dropout.
  static func network(dropout: Double = 0.2) throws -> Graph {
    try Graph.build(input: [6, 3, 12, 12]) { (image, net) throws(GraphError) in
      var x = try net.batchNormReLU("norm", net.conv("stem", image, to: 12, kernel: 3, padding: 1))
      for layer in 0..<3 {
        let dense = net["dense"][layer]
        var y = try dense.conv("conv1", dense.batchNormReLU("norm1", x), to: 16, kernel: 1)
        y = try dense.conv("conv2", dense.batchNormReLU("norm2", y), to: 6, kernel: 3, padding: 1)
        x = try dense.concat([x, dense.dropout(y, rate: dropout)])
      }
      let trunk = x
      try net.auxiliary("aux", lossWeight: 0.4) { head throws(GraphError) in
        try head.linear("fc", head.globalAveragePool(trunk), to: 4)
      }
      let shortcut = try net.conv("shortcut", x, to: 20, kernel: 1, stride: 2)
      var y = try net.batchNormReLU("bn1", net.conv("conv1", x, to: 20, kernel: 3, stride: 2, padding: 1))
      y = try net.batchNorm("bn2", net.conv("conv2", y, to: 20, kernel: 3, padding: 1))
      x = try net.relu(net.sum(y, shortcut))
      x = try net.maxPool(x, kernel: 3, stride: 2, padding: 1)
      return try net.linear("fc", net.dropout(net.flatten(x), rate: 2 * dropout), to: 4)
    }
  }

  @Test(arguments: [ConvolutionChoice.automatic, .openBLAS])
  func equalsReference(convolution: ConvolutionChoice) throws {
    let finding = try GradientCheck.worst(
      TrainingTests.network(), name: "network", convolution: convolution, jointly: true)
    #expect(finding.error < 1e-4, "\(finding)")
  }

  /// Where nothing shares memory, the numbers are the same.
  @Test(arguments: [
    ["alias_concat"], ["fuse_relu"], ["fuse_residual_into_norm"],
    ["alias_concat", "fuse_relu", "fuse_residual_into_norm", "flipped"],
  ])
  func switchingOffChangesLittle(disabled: [String]) throws {
    let finding = try GradientCheck.worst(
      TrainingTests.network(), name: "network", disabled: Set(disabled), jointly: true)
    #expect(finding.error < 1e-4, "without \(disabled): \(finding)")
  }

  /// A branch of a concatenation that is read again behind it: its gradient may not lie inside the whole.
  @Test func branchReadAfterItsConcatenation() throws {
    let graph = try Graph.build(input: [2, 2, 5, 5]) { (image, net) throws(GraphError) in
      let a = try net.conv("a", image, to: 3, kernel: 3)
      let b = try net.conv("b", image, to: 5, kernel: 3)
      let whole = try net.conv("c", net.concat([a, b, a]), to: 4, kernel: 1)
      let late = try net.conv("d", a, to: 4, kernel: 1)
      return try net.linear("fc", net.flatten(net.sum(whole, late)), to: 3)
    }
    let finding = try GradientCheck.worst(graph, name: "late reader")
    #expect(finding.error < 1e-5, "\(finding)")
  }

  static func bits(threads: Int) throws -> [UInt32] {
    let training = try SmallTraining(network(), parameters: ScaledNoise(), threads: threads)
    var generator = Generator("images")
    for _ in 0..<3 {
      _ = training.step(generator.floats(6 * 3 * 144), [0, 1, 2, 3, 0, 1], rate: 0.05)
    }
    let slots = training.executor.plan.parameters
    return slots.flatMap { slot in
      (slot.offset..<slot.offset + slot.count).map { training.executor.values[$0].bitPattern }
    }
  }

  @Test(arguments: [2, 3]) func threadsChangeNoBit(threads: Int) throws {
    #expect(try TrainingTests.bits(threads: threads) == TrainingTests.bits(threads: 1))
  }

  @Test func learnsABatchByHeart() throws {
    let network = try TrainingTests.network(dropout: 0)
    let training = try SmallTraining(network, parameters: ScaledNoise(), threads: 1)
    var generator = Generator("images")
    let images = generator.floats(6 * 3 * 144)
    let losses = (0..<20).map { _ in training.step(images, [0, 1, 2, 3, 0, 1], rate: 0.005) }
    #expect(losses[0] > 1.5)
    #expect(losses.suffix(5).allSatisfy { $0 < 0.25 * losses[0] }, "\(losses)")
  }

  @Test func dropoutFollowsTheSeed() throws {
    let executor = try TrainingExecutor(
      TrainingPlan(TrainingTests.network()), parameters: ScaledNoise(), threads: 1)
    var generator = Generator("images")
    let images = generator.floats(6 * 3 * 144)
    func logits(_ seed: UInt64) -> [Float] {
      executor.forward(images, seed: seed)
      return (0..<24).map { executor.logits(output: 0)[$0] }
    }
    let first = logits(1)
    #expect(logits(1) == first)
    #expect(logits(2) != first)
  }

  @Test func frozenParametersHaveNoGradientAndChangeNoOther() throws {
    let graph = try TrainingTests.network()
    let frozen = Set(graph.parameters.map(\.name).filter { $0.hasPrefix("stem") || $0.hasPrefix("norm") })
    let plan = TrainingPlan(graph, frozen: frozen)
    #expect(!plan.parameters.contains { $0.learns && frozen.contains($0.parameter.name) })
    var generator = Generator("images")
    let images = generator.floats(6 * 3 * 144)
    let signal = [generator.floats(24), generator.floats(24)]
    func gradients(_ plan: TrainingPlan) throws -> [String: [Float]] {
      let executor = try TrainingExecutor(plan, parameters: ScaledNoise(), threads: 1)
      executor.forward(images, seed: 0)
      signal.withPointers { executor.backward($0) }
      return Dictionary(
        uniqueKeysWithValues: executor.plan.parameters.filter(\.learns).map { slot in
          (slot.parameter.name, (0..<slot.count).map { executor.gradients[slot.offset + $0] })
        })
    }
    let all = try gradients(TrainingPlan(graph))
    let some = try gradients(plan)
    #expect(some.count < all.count && !some.isEmpty)
    #expect(some.allSatisfy { all[$0.key] == $0.value })
    #expect(plan.memory.peakBytes(threads: 1) < TrainingPlan(graph).memory.peakBytes(threads: 1))
  }

  /// Running statistics and trained parameters reach inference.
  @Test func inferenceReadsTheTrainedParameters() throws {
    let graph = try TrainingTests.network()
    let training = try SmallTraining(graph, parameters: ScaledNoise(), threads: 1)
    var generator = Generator("images")
    let images = generator.floats(6 * 3 * 144)
    func infer() throws -> [Float] {
      let executor = try Executor(Plan(graph), parameters: training.executor.parameterSource, threads: 1)
      var logits = [Float](repeating: 0, count: 24)
      executor.run(images, into: &logits)
      return logits
    }
    let before = try infer()
    for _ in 0..<3 { _ = training.step(images, [0, 1, 2, 3, 0, 1], rate: 0.02) }
    #expect(try infer() != before)
    #expect(try infer().allSatisfy(\.isFinite))
  }

  @Test func findsTheFirstThatIsNotFinite() throws {
    let executor = try TrainingExecutor(
      TrainingPlan(TrainingTests.network()), parameters: ScaledNoise(), threads: 2)
    var generator = Generator("images")
    var images = generator.floats(6 * 3 * 144)
    #expect(executor.firstNonFinite(images, seed: 0) == nil)
    let slot = try #require(executor.plan.parameters.first { $0.parameter.name == "conv1.weight" })
    executor.values[slot.offset] = 3e38  // finite itself, but not what it makes
    executor.values[slot.offset + 1] = 3e38
    #expect(executor.firstNonFinite(images, seed: 0) == .result("conv1"))
    executor.values[slot.offset] = .nan
    #expect(executor.firstNonFinite(images, seed: 0) == .parameter("conv1.weight"))
    images[5] = .infinity
    #expect(executor.firstNonFinite(images, seed: 0) == .image)
  }

  @Test func memoryIsSmallerThanTheSumOfItsParts() throws {
    let graph = try TrainingTests.network()
    let plan = TrainingPlan(graph)
    let values = graph.nodes.reduce(0) { $0 + $1.output.shape.count } * 4
    #expect(plan.memory.arenaBytes < 2 * values + 64 * 1024 * 16)
    #expect(plan.memory.kept.map(\.node) == plan.graph.nodes.map(\.name))
    #expect(plan.memory.gradientBytes <= plan.memory.weightBytes)
    #expect(plan.memory.gradientBytes >= (graph.totals.parameters + graph.totals.auxiliary) * 4)
  }
}
