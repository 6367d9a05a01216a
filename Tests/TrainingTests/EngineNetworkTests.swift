import Engine
import GraphIR
import Recipes
import Support
import TensorCore
import Testing
import Training

/// Steps of a whole network of the engine.
@Suite struct EngineNetworkTests {
  private static let images: [Float] = {
    var generator = Generator("images")
    return generator.floats(6 * 3 * 144)
  }()
  private static let targets = [0, 1, 2, 3, 0, 1].map { Target($0) }

  private static func settings() -> TrainingSettings {
    var settings = TrainingSettings()
    settings.optimizer = .sgd(momentum: 0.9, nesterov: false)
    settings.weightDecay = 0
    return settings
  }

  /// Takes steps on one batch and returns the mean loss before each.
  private static func train(_ network: EngineNetwork, steps: Int, rate: Float) throws -> [Double] {
    let step = TrainingStep(network, settings())
    return try (0..<steps).map { seed in
      try #require(step.run(images, targets, rate: rate, seed: UInt64(seed))).lossSum / Double(network.batch)
    }
  }

  @Test(arguments: [2, 3]) func threadsChangeNoBit(threads: Int) throws {
    func bits(threads: Int) throws -> [UInt32] {
      let network = try EngineNetwork(
        SampleNetworks.denseAndResidual(), parameters: ScaledNoise(), threads: threads)
      _ = try Self.train(network, steps: 3, rate: 0.05)
      return network.values.map(\.bitPattern)
    }
    #expect(try bits(threads: threads) == bits(threads: 1))
  }

  @Test func overfitsOneBatch() throws {
    let network = try EngineNetwork(
      SampleNetworks.denseAndResidual(dropout: 0), parameters: ScaledNoise(), threads: 1)
    let losses = try Self.train(network, steps: 20, rate: 0.005)
    #expect(losses[0] > 1.5)
    #expect(losses.suffix(5).allSatisfy { $0 < 0.25 * losses[0] }, "\(losses)")
  }

  /// Inference takes the trained parameters and the running statistics.
  @Test func inferenceReadsTheTrainedValues() throws {
    let network = try EngineNetwork(SampleNetworks.denseAndResidual(), parameters: ScaledNoise(), threads: 1)
    func logits() throws -> [Float] {
      let predictor = try network.predictor(UnsafeBufferPointer(network.values))
      var logits = [Float](repeating: .nan, count: 24)
      predictor.predict(Self.images, count: network.batch, into: &logits)
      return logits
    }
    let before = try logits()
    _ = try Self.train(network, steps: 3, rate: 0.02)
    let after = try logits()
    #expect(after != before && after.allSatisfy(\.isFinite))
    let statistics = try #require(network.slots.first { $0.parameter.name == "norm.running_mean" })
    for index in 0..<statistics.count { network.values[statistics.offset + index] += 1 }
    #expect(try logits() != after)
  }
}
