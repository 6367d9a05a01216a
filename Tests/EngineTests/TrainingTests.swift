import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Forward and backward passes of whole networks.
@Suite struct TrainingTests {
  @Test(arguments: [ConvolutionChoice.automatic, .openBLAS])
  func equalsReference(convolution: ConvolutionChoice) throws {
    let finding = try GradientCheck.worst(
      SampleNetworks.denseAndResidual(), name: "network", convolution: convolution, jointly: true)
    #expect(finding.error < 1e-4, "\(finding)")
  }

  /// Sharing memory and fusing do not change the numbers.
  static let switches = Pass.training.map(\.name) + [Plan.sharing, Convolution.flippedGradient]

  @Test(arguments: switches.map { [$0] } + [switches])
  func switchingOffChangesLittle(disabled: [String]) throws {
    let finding = try GradientCheck.worst(
      SampleNetworks.denseAndResidual(), name: "network", disabled: Set(disabled), jointly: true)
    #expect(finding.error < 1e-4, "without \(disabled): \(finding)")
  }

  /// A branch of a concatenation that is read again later: its gradient must not be stored inside the whole.
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

  @Test func dropoutFollowsTheSeed() throws {
    let executor = try TrainingExecutor(
      TrainingPlan(SampleNetworks.denseAndResidual()), parameters: ScaledNoise(), threads: 1)
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
    let graph = try SampleNetworks.denseAndResidual()
    // With its shift frozen too, the norm would go by its stored statistics, and every gradient be another.
    let frozen: Set<String> = ["stem.weight", "norm.weight", "dense.0.conv1.weight"]
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

  @Test func findsTheFirstThatIsNotFinite() throws {
    let executor = try TrainingExecutor(
      TrainingPlan(SampleNetworks.denseAndResidual()), parameters: ScaledNoise(), threads: 2)
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
    let graph = try SampleNetworks.denseAndResidual()
    let plan = TrainingPlan(graph)
    let values = graph.nodes.reduce(0) { $0 + $1.output.shape.count } * 4
    #expect(plan.memory.arenaBytes < 2 * values + 64 * 1024 * 16)
    #expect(plan.memory.kept.map(\.node) == plan.graph.nodes.map(\.name))
    #expect(plan.memory.gradientBytes <= plan.memory.weightBytes)
    #expect(plan.memory.gradientBytes >= (graph.totals.parameters + graph.totals.auxiliary) * 4)
  }
}
