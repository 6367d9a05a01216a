import Recipes

extension Darknet {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { [Darknet.authorsRecipe] }

  private static let authorsRecipe = Recipe(
    "paper", for: .large,
    source:
      "the authors' darknet53.cfg: 800,000 steps of 128, which are 80 epochs, 0.1 falling as the fourth power of what is left, "
      + "weight decay 5e-4",
    expected: "77.2 % top-1 and 93.8 % top-5 accuracy on ImageNet"
  ) {
    $0.epochs = 80
    $0.batch = 128
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.1, schedule: .polynomial(power: 4))
    $0.weightDecay = 5e-4
    $0.augmentation.resizedCrop = 0.25
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
  }
}
