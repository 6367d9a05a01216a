import Recipes

extension TrainingSettings {
  /// One cycle of the learning rate over shifted and mirrored garments: what the `fashion-mnist` recipes of the
  /// convolutional families have in common.
  mutating func cycleOverGarments() {
    epochs = 20
    batch = 128
    learningRate = LearningRate(base: 0.2, schedule: .oneCycle(rise: 0.25, start: 10, end: 1000))
    weightDecay = 5e-4
    augmentation.padCrop = 2
    augmentation.flips = true
  }
}

extension Recipe {
  /// The recipe of the embedded `resnet20_cifar` weights, for every family that has no better one.
  static let residualFashionMNIST = Recipe(
    "fashion-mnist", source: "one cycle, tuned on the small residual networks"
  ) {
    $0.cycleOverGarments()
    $0.averageDecay = 0.999
  }
}
