/// Everything that decides the result of a training run, except the network and the data.
package struct TrainingSettings: Hashable, Sendable {
  /// Passes over the training images.
  package var epochs = 10
  /// Images per step.
  package var batch = 64
  /// The optimizer.
  package var optimizer = OptimizerKind.sgd(momentum: 0.9, nesterov: true)
  /// The learning rate and its schedule.
  package var learningRate = LearningRate(base: 0.05, schedule: .cosine(floor: 0))
  /// Weight decay.
  package var weightDecay: Float = 5e-4
  /// Whether weight decay applies to biases and the scales of normalization too.
  package var decaysVectors = false
  /// What training minimizes.
  package var loss = Loss.crossEntropy(smoothing: 0)
  /// The norm that gradients are clipped to; `nil` for no clipping.
  package var gradientLimit: Float?
  /// Decay of the moving average of the weights, which is then what is tested and saved; `nil` for none.
  package var averageDecay: Float?
  /// How training images are augmented.
  package var augmentation = Augmentation()
  /// How the weights are initialized.
  package var initialization = InitializationScheme.torch
  /// Seed of all random numbers.
  package var seed: UInt64 = 0

  /// The default settings.
  package init() {}
}
