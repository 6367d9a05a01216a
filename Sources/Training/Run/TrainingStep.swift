import Recipes
import TensorCore

/// A training step and the memory it needs: forward pass, loss, backward pass, update.
package final class TrainingStep {
  private let network: any TrainableNetwork
  private let settings: TrainingSettings
  private let optimizer: Optimizer
  private let average: WeightAverage?
  private let runs: [ParameterRun]
  private let gradients: Buffer
  private let size: Int

  /// A step with the loss and gradient clipping of `settings`.
  ///
  /// - Parameters:
  ///   - network: The network to train.
  ///   - settings: The settings; the caller applies the schedule.
  ///   - optimizer: An optimizer over all values of `network` that updates those in `runs`.
  ///   - average: Updated after the values, if there is one.
  ///   - runs: The values that are trained; gradient clipping takes their norm.
  package init(
    _ network: any TrainableNetwork, _ settings: TrainingSettings, _ optimizer: Optimizer,
    _ average: WeightAverage?, _ runs: [ParameterRun]
  ) {
    self.network = network
    self.settings = settings
    self.optimizer = optimizer
    self.average = average
    self.runs = runs
    size = network.batch * network.classes
    gradients = Buffer(repeating: 0, count: network.outputWeights.count * size)
  }

  /// Takes the step.
  ///
  /// - Parameters:
  ///   - images: A batch, `[N, C, H, W]`.
  ///   - targets: N targets.
  ///   - rate: The learning rate.
  ///   - seed: Seed of dropout.
  /// - Returns: The sum of the losses, auxiliary heads weighted, and the number of correctly classified images; `nil`
  ///   where the loss is not finite, in which case nothing but running statistics has changed.
  package func run(
    _ images: UnsafePointer<Float>, _ targets: [Target], rate: Float, seed: UInt64
  ) -> (lossSum: Double, correct: Int)? {
    guard let values = network.values.baseAddress, let slopes = network.gradients.baseAddress else {
      return nil
    }
    network.forward(images, seed: seed)
    var lossSum = 0.0
    for (output, weight) in network.outputWeights.enumerated() {
      lossSum +=
        Double(weight)
        * settings.loss.evaluate(
          network.logits(output), targets: targets, classes: network.classes, scale: weight,
          gradient: gradients.pointer + output * size)
    }
    guard lossSum.isFinite else { return nil }
    let correct = hits(network.logits(0), targets)
    network.backward((0..<network.outputWeights.count).map { UnsafePointer(gradients.pointer + $0 * size) })
    if let limit = settings.gradientLimit { _ = GradientNorm.clip(slopes, runs, to: limit) }
    optimizer.step(values, slopes, learningRate: rate, share: network.share)
    average?.update(values, share: network.share)
    return (lossSum, correct)
  }

  private func hits(_ logits: UnsafePointer<Float>, _ targets: [Target]) -> Int {
    targets.indices.count { row in
      let scores = logits + row * network.classes
      let label = targets[row].label
      return (0..<network.classes).allSatisfy { $0 == label || scores[$0] < scores[label] }
    }
  }
}
