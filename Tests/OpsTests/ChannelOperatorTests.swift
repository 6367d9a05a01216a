import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Operators on channels and residual branches: what passes and placement make of them.
@Suite struct ChannelOperatorTests {
  /// A ShuffleNet V2 unit, squeeze-and-excitation in a residual block, a ConvNeXt block, a scaled residual branch.
  private static func network(batch: Int) throws -> Graph {
    try Graph.build(input: [batch, 3, 9, 8]) { (image, net) throws(GraphError) in
      var x = try net.silu(net.batchNorm("norm", net.conv("stem", image, to: 36, kernel: 3, padding: 1)))
      let parts = try net.split(x, [18, 18])
      let branch = try net.relu6(net.conv("branch", parts[1], to: 18, kernel: 1))
      x = try net.channelShuffle(net.concat([parts[0], branch]), groups: 2)
      let halves = try net.split(x, [18, 18])
      x = try net.concat([halves[1], net.hardSwish(net.slice(halves[0], 3..<17))])
      x = try net.channelShuffle(net.conv("mix", x, to: 36, kernel: 1, groups: 2), groups: 4)

      let squeeze = net["se"]
      var gate = try squeeze.adaptiveAveragePool(x, to: 1)
      gate = try squeeze.silu(squeeze.conv("fc1", gate, to: 7, kernel: 1, bias: true))
      gate = try squeeze.hardSigmoid(squeeze.conv("fc2", gate, to: 36, kernel: 1, bias: true))
      x = try net.relu(net.sum(squeeze.multiply(x, by: gate), x))

      let block = net["block"]
      var y = try block.layerNorm("norm", block.conv("conv", x, to: 36, kernel: 3, padding: 1, bias: true))
      y = try block.gelu(block.pointwiseLinear("expand", y, to: 50))
      y = try block.channelScale("scale", block.pointwiseLinear("project", y, to: 36), initial: 1e-6)
      x = try block.sum(block.stochasticDepth(y, rate: 0), x)

      let scaled = net["scaled"]
      y = try scaled.scale(scaled.conv("conv", x, to: 36, kernel: 1, bias: true), by: 0.17)
      x = try scaled.leakyReLU(scaled.sum(x, y), slope: 0.1)
      x = try net.channelScale("alone", x, initial: 1, hasPixelAxes: false)
      x = try net.scale(net.scale(x, by: 0.5), by: 1)
      return try net.linear("fc", net.sigmoid(net.layerNorm("head", net.globalAveragePool(x))), to: 5)
    }
  }

  private static func logits(_ plan: Plan, _ images: [Float]) throws -> [Float] {
    let executor = try Executor(plan, parameters: ScaledNoise(), threads: 2)
    var logits = [Float](repeating: .nan, count: plan.graph.output.shape.withBatch(images.count / 216).count)
    executor.run(images, into: &logits)
    return logits
  }

  private static let switches = Pass.inference.map(\.name) + [Plan.sharing]

  @Test(arguments: [[]] + switches.map { [$0] } + [switches], [1, 3])
  func inferenceEqualsReference(disabled: [String], batch: Int) throws {
    let graph = try ChannelOperatorTests.network(batch: batch)
    var generator = Generator("images")
    let images = generator.floats(graph.input.shape.count)
    let parameters = try TrainingExecutor(TrainingPlan(graph), parameters: ScaledNoise(), threads: 1)
      .parametersByName
    let expected = ReferenceNetwork(graph, images: images, seed: 1, normsAreFrozen: true)
      .forward(parameters).logits[0].map { Float($0) }
    let found = try ChannelOperatorTests.logits(Plan(graph, disabled: Set(disabled)), images)
    let comparison = Comparison(found, expected)
    #expect(comparison.error < 5e-6, "without \(disabled): \(comparison)")
  }

  @Test func slicesAreViews() throws {
    let graph = try ChannelOperatorTests.network(batch: 2)
    let forward = Plan(graph).steps.filter { $0.node.operation is Slice }.map(\.routine.algorithm)
    #expect(forward == Array(repeating: "in_place", count: 5))
    let training = TrainingPlan(graph).steps.filter { $0.node.operation is Slice }
    #expect(training.map { $0.routine.algorithm(.forward) } == forward)
    let apart = Plan(graph, disabled: [Plan.sharing]).steps.filter { $0.node.operation is Slice }
    #expect(apart.map(\.routine.algorithm) == Array(repeating: "copy", count: 5))
  }

  /// One shuffle follows a concatenation of as many parts as it has groups; the other follows a convolution.
  @Test func shufflesJoinConcatenations() throws {
    let graph = try ChannelOperatorTests.network(batch: 2)
    for nodes in [Plan(graph).graph.nodes, TrainingPlan(graph).graph.nodes] {
      #expect(nodes.count { $0.operation is ChannelShuffle } == 1)
      #expect(nodes.compactMap { $0.operation as? Concat }.map(\.interleaves) == [true, false])
    }
  }

  @Test func scalesBecomeWeights() throws {
    let nodes = try ChannelOperatorTests.network(batch: 1).optimized().nodes
    #expect(nodes.filter { $0.operation is ChannelScale }.map(\.name) == ["alone"])
    #expect(nodes.count { $0.operation is Scale } == 1)
    #expect(!nodes.contains { $0.operation is Add })
    let multiply = try #require(nodes.compactMap { $0.operation as? Multiply }.first)
    #expect(multiply.addsResidual && multiply.activation == .relu)
  }

  /// Names and shapes as torchvision's ConvNeXt stores them.
  @Test func parametersAreNamedAsPublished() throws {
    let parameters = try ChannelOperatorTests.network(batch: 1).parameters
    let shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.shape) })
    #expect(shapes["block.scale"] == [36, 1, 1])
    #expect(shapes["alone"] == [36])
    #expect(shapes["block.expand.weight"] == [50, 36])
    #expect(shapes["block.norm.weight"] == [36])
  }

  /// The share of the images that stay, and what they are divided by.
  @Test(arguments: [0, 0.1, 0.5, 0.8, 1]) func stochasticDepthDropsItsShare(rate: Double) throws {
    let graph = try Graph.build(input: [1, 1, 1, 1]) { (image, net) throws(GraphError) in
      try net.stochasticDepth(image, rate: rate)
    }
    let operation = try #require(graph.nodes[0].operation as? StochasticDepth)
    func factor(_ index: Int) -> Float {
      operation.factor(image: index % 40, node: "block.\(index % 7)", seed: UInt64(index / 40))
    }
    let kept = (0..<4000).map(factor).filter { $0 != 0 }
    let isScaled = kept.allSatisfy { $0 == Float(1 / (1 - rate)) }
    #expect(isScaled)
    #expect(abs(Double(kept.count) / 4000 - (1 - rate)) < 0.03)
    #expect(factor(123) == factor(123))
  }

  @Test func inputsThatDoNotFitAreRefused() {
    func error(_ body: (Value, Scope) throws(GraphError) -> Value) -> ShapeError? {
      do throws(GraphError) {
        _ = try Graph.build(input: [2, 6, 4, 4], body)
        return nil
      } catch { return error.reason }
    }
    #expect(
      error { (x, net) throws(GraphError) in try net.slice(x, 4..<7) }
        == .wrongChannels(expected: 7, found: 6))
    #expect(
      error { (x, net) throws(GraphError) in try net.channelShuffle(x, groups: 4) }
        == .indivisibleChannels(channels: 6, groups: 4))
    #expect(
      error { (x, net) throws(GraphError) in try net.multiply(x, by: x) }
        == .mismatch(expected: [2, 6, 1, 1], found: [2, 6, 4, 4]))
  }
}
