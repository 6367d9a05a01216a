import Recipes

extension GhostNet {
  package var initialization: InitializationScheme { .torch }
  package var recipes: [Recipe] { [GhostNet.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Han et al. 2020, section 4.2: as ShuffleNetV2, but 0.4 for 1024 images; 240 epochs, falling linearly to 0, weight "
      + "decay 4e-5, label smoothing 0.1",
    expected: "73.9 % top-1 and 91.4 % top-5 accuracy on ImageNet"
  ) {
    $0.epochs = 240
    $0.batch = 1024
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.4, schedule: .polynomial(power: 1))
    $0.weightDecay = 4e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
  }
}
