import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// An operator that applies the activation behind it computes the same bits as the two of them, in inference and in
/// training.
@Suite struct FusionTests {
  /// The activations that there is something to fuse of.
  private static let fused = Activation.tested.filter { $0 != .identity }

  /// Layers that may take an activation, each with one behind it.
  private static func network(_ activation: Activation, batch: Int) throws -> Graph {
    try Graph.build(input: [batch, 3, 9, 10]) { (image, net) throws(GraphError) in
      func activate(_ x: Value) throws(GraphError) -> Value {
        try net.activate(x, activation)
      }
      var x = try activate(net.conv("stem", image, to: 20, kernel: 3, padding: 1, bias: true))  // Winograd
      x = try activate(net.batchNorm("norm", x))
      let y = try activate(net.conv("pointwise", x, to: 20, kernel: 1))
      x = try activate(net.sum(x, y))
      x = try activate(net.conv("grouped", x, to: 20, kernel: 3, padding: 1, groups: 5))
      x = try activate(net.sum(x, net.batchNorm("norm2", net.conv("conv", x, to: 20, kernel: 3, padding: 1))))
      x = try activate(net.conv("strided", x, to: 24, kernel: 5, stride: 2, padding: 2, bias: true))
      x = try activate(net.linear("fc1", net.flatten(x), to: 37))
      return try net.linear("fc2", x, to: 11)
    }
  }

  /// Without any pass nothing is fused; with the one for activations alone, bits stay.
  @Test(arguments: fused, [1, 3, 40]) func inferenceKeepsItsBits(activation: Activation, batch: Int) throws {
    let graph = try FusionTests.network(activation, batch: batch)
    let passes = Set(Pass.inference.map(\.name))
    let fused = Plan(graph, disabled: passes.subtracting(["fuse_activation"]))
    let unfused = Plan(graph, disabled: passes)
    #expect(unfused.steps.count == graph.nodes.count)
    #expect(fused.steps.count == graph.nodes.count - 8)
    var generator = Generator("images")
    let images = generator.floats(graph.input.shape.count)
    func logits(_ plan: Plan) throws -> [Float] {
      let executor = try Executor(plan, parameters: ScaledNoise(), threads: 2)
      let logits = Buffer(repeating: .nan, count: graph.output.shape.count)
      executor.run(images, into: logits.pointer)
      return Array(UnsafeBufferPointer(start: logits.pointer, count: logits.count))
    }
    let expected = try logits(unfused)
    let isFinite = expected.allSatisfy(\.isFinite)
    #expect(isFinite)
    #expect(try logits(fused) == expected)
  }

  @Test(arguments: fused) func trainingKeepsItsBits(activation: Activation) throws {
    let graph = try FusionTests.network(activation, batch: 3)
    let fused = TrainingPlan(graph)
    let unfused = TrainingPlan(graph, disabled: Set(Pass.training.map(\.name)))
    #expect(unfused.steps.count == graph.nodes.count)
    // Of the operators without their input in the backward pass, only a norm computes it again.
    let count = activation.derivativeFollowsFromResult ? 9 : 2
    #expect(fused.steps.count == graph.nodes.count - count)
    var generator = Generator("images")
    let images = generator.floats(graph.input.shape.count)
    let lossGradient = generator.floats(graph.output.shape.count)
    func gradients(_ plan: TrainingPlan) throws -> [String: [Float]] {
      let executor = try TrainingExecutor(plan, parameters: ScaledNoise(), threads: 2)
      executor.forward(images, seed: 1)
      [lossGradient].withPointers { executor.backward($0) }
      return Dictionary(
        uniqueKeysWithValues: plan.parameters.filter(\.learns).map { slot in
          (slot.parameter.name, (0..<slot.count).map { executor.gradients[slot.offset + $0] })
        })
    }
    let (found, expected) = (try gradients(fused), try gradients(unfused))
    #expect(expected.count == found.count)
    for (name, gradient) in expected.sorted(by: { $0.key < $1.key }) {
      let isSound = gradient.allSatisfy(\.isFinite) && gradient.contains { $0 != 0 }
      #expect(isSound, "\(name)")
      #expect(found[name] == gradient, "\(name)")
    }
  }
}
