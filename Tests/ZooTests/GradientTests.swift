import Engine
import GraphIR
import Glibc
import Support
import TensorCore
import Testing
import Zoo

/// Every trainable parameter learns.
@Suite struct ParameterGradientTests {
  /// A few networks that have every operator between them; all of the registry where
  /// `CNNZOO_TEST_ALL_GRADIENTS` is set.
  static let names: [String] =
    getenv("CNNZOO_TEST_ALL_GRADIENTS") == nil
    ? ["lenet5", "lenet5_modern", "resnet20_cifar"] : Registry.all.map(\.name)

  @Test(arguments: names) func everyTrainableParameterGetsAGradient(name: String) throws {
    let graph = try Registry.entry(name).graph(batch: 2)
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
