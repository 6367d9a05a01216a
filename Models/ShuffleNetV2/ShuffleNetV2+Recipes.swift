import Recipes

extension ShuffleNetV2 {
  package var initialization: InitializationScheme { .torch }
  package var recipes: [Recipe] { [ShuffleNetV2.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Ma et al. 2018, section 4, which refers to ShuffleNet: 240 epochs of 1024, 0.5 falling linearly to 0, weight decay "
      + "4e-5, as in the authors' code, with label smoothing 0.1",
    expected: "69.4 % top-1 accuracy on ImageNet (1×)"
  ) {
    $0.epochs = 240
    $0.batch = 1024
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.5, schedule: .polynomial(power: 1))
    $0.weightDecay = 4e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
  }
}
