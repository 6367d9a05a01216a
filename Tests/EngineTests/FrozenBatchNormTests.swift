import Engine
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// A batch norm counts as frozen when all its trainable tensors are, and is then what inference has.
@Suite struct FrozenBatchNormTests {
  private static let norm = ["bn.weight", "bn.bias"]

  /// A residual block and a classifier: batch norm with a sum and a ReLU behind it, and one with an activation whose
  /// derivative takes its input.
  private func graph() throws -> Graph {
    try Graph.build(input: [3, 4, 5, 5]) { (image, net) throws(GraphError) in
      let x = try net.conv("conv", image, to: 4, kernel: 3, padding: 1)
      let y = try net.relu(net.sum(net.batchNorm("bn", x), image))
      return try net.linear("fc", net.globalAveragePool(net.silu(net.batchNorm("last", y))), to: 3)
    }
  }

  private let images: [Float] = (0..<300).map { FormulaNoise(name: "image")[$0] }

  private func trained(frozen: [String], disabled: Set<String> = []) throws -> TrainingExecutor {
    let executor = try TrainingExecutor(
      TrainingPlan(graph(), frozen: Set(frozen), disabled: disabled), parameters: ScaledNoise(),
      threads: 2)
    executor.forward(images, seed: 1)
    return executor
  }

  @Test func frozenItIsWhatInferenceHas() throws {
    let all = Self.norm + ["last.weight", "last.bias"]
    let executor = try trained(frozen: all)
    let inference = try Executor(Plan(graph()), parameters: ScaledNoise(), threads: 1)
    var logits = [Float](repeating: .nan, count: 9)
    inference.run(images, into: &logits)
    for (index, expected) in logits.enumerated() {
      #expect(abs(executor.logits(output: 0)[index] - expected) < 1e-5 * abs(logits.map(abs).max() ?? 1))
    }
  }

  @Test func frozenItsStatisticsStand() throws {
    let before = try trained(frozen: Self.norm).parametersByName
    for name in ["bn.running_mean", "bn.running_var", "bn.num_batches_tracked"] {
      let noise = try Executor.values(of: name, in: graph())
      #expect(before[name] == noise, "\(name)")
    }
    #expect(before["last.num_batches_tracked"] == [1])
  }

  /// Only the scale is frozen: the statistics of the batch count, and move the stored ones.
  @Test func halfFrozenItStaysInTraining() throws {
    let half = try trained(frozen: ["bn.weight"])
    let none = try trained(frozen: [])
    #expect((0..<9).allSatisfy { half.logits(output: 0)[$0] == none.logits(output: 0)[$0] })
    #expect(half.parametersByName["bn.num_batches_tracked"] == [1])
  }

  /// The gradient that goes through a frozen batch norm, against differences of inference.
  @Test(arguments: [[], Pass.training.map(\.name)])
  func gradientsGoThrough(disabled: [String]) throws {
    let frozen = Self.norm + ["last.weight", "last.bias"]
    let executor = try trained(frozen: frozen, disabled: Set(disabled))
    let signal = (0..<9).map { FormulaNoise(name: "signal")[$0] }
    [signal].withPointers { executor.backward($0) }
    let slot = try #require(executor.plan.parameters.first { $0.parameter.name == "conv.weight" })
    let direction = (0..<slot.count).map { FormulaNoise(name: "direction")[$0] }
    let slope = (0..<slot.count).reduce(0.0) {
      $0 + Double(executor.gradients[slot.offset + $1]) * Double(direction[$1])
    }
    let reference = ReferenceNetwork(try graph(), images: images, seed: 1, normsAreFrozen: true)
    func loss(_ factor: Double) -> Double {
      var parameters = executor.parametersByName
      parameters["conv.weight"] = zip(parameters["conv.weight"] ?? [], direction).map {
        $0 + factor * Double($1)
      }
      return zip(reference.forward(parameters).logits[0], signal).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    let expected = (loss(1e-6) - loss(-1e-6)) / 2e-6
    #expect(abs(slope - expected) < 1e-4 * max(abs(expected), 1e-3), "\(slope), \(expected)")
  }
}

extension Executor {
  /// What ``ScaledNoise`` gives a stored tensor; counters begin at 0.
  fileprivate static func values(of name: String, in graph: Graph) throws -> [Double] {
    let parameter = try #require(graph.parameters.first { $0.name == name })
    if parameter.role == .counter { return [0] }
    var values = [Float](repeating: .nan, count: parameter.shape.count)
    try values.withUnsafeMutableBufferPointer { try ScaledNoise().fill(parameter, $0) }
    return values.map { Double($0) }
  }
}
