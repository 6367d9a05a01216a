import Engine
import Glibc
import GraphIR
import Support
import TensorCore
import Testing
import Zoo

/// Every trainable parameter gets a gradient.
@Suite struct ParameterGradientTests {
  /// For each operator, the smallest network that has it; the whole registry where
  /// `CNNZOO_TEST_ALL_GRADIENTS` is set.
  static func names() throws -> [String] {
    if getenv("CNNZOO_TEST_ALL_GRADIENTS") != nil { return Registry.standard.all.map(\.name) }
    let networks = try Registry.standard.all.sorted { $0.expect.macs < $1.expect.macs }
      .map { (name: $0.name, kinds: try $0.graph().operatorKinds) }
    var covered: Set<String> = []
    return networks.filter { network in
      defer { covered.formUnion(network.kinds) }
      return !network.kinds.isSubset(of: covered)
    }.map(\.name)
  }

  @Test func everyOperatorIsInSomeNetwork() throws {
    let kinds = try Registry.standard.all.reduce(into: Set<String>()) {
      $0.formUnion(try $1.graph().operatorKinds)
    }
    // The constants of an input that was normalized for other weights stand in no network as it is registered.
    #expect(try kinds.union(["channel_affine"]) == OperatorKinds.declared())
  }

  @Test(arguments: try names()) func everyTrainableParameterGetsAGradient(name: String) throws {
    let graph = try Registry.standard.entry(name).graph(batch: 2)
    let executor = try TrainingExecutor(TrainingPlan(graph), parameters: ScaledNoise(), threads: 1)
    var generator = Generator(name)
    executor.forward(generator.floats(graph.input.shape.count), seed: 1)
    let signals = ([graph.output] + graph.auxiliaries.map(\.logits)).map {
      generator.floats($0.shape.count)
    }
    signals.withPointers { executor.backward($0) }
    let learning = executor.plan.parameters.filter { $0.role == .trainable }
    let learns = learning.allSatisfy { $0.learns }
    #expect(learns)
    for slot in learning {
      let gradient = UnsafeBufferPointer(start: executor.gradients + slot.offset, count: slot.count)
      let isFinite = gradient.allSatisfy { $0.isFinite }
      #expect(isFinite, "\(slot.parameter.name)")
      let isZero = gradient.allSatisfy { $0 == 0 }
      #expect(!isZero, "\(slot.parameter.name)")
    }
  }
}
