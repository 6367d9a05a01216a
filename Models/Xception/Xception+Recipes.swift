import Recipes

extension Xception {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { [Xception.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Chollet 2017, section 4.3: SGD with momentum 0.9, 0.045 times 0.94 every two epochs, weight decay 1e-5, dropout left "
      + "out, averaged weights; 90 epochs of 256",
    expected: "79.0 % top-1 and 94.5 % top-5 accuracy on ImageNet"
  ) {
    $0.epochs = 90
    $0.batch = 256
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.045, schedule: .step(epochs: 2, factor: 0.94))
    $0.weightDecay = 1e-5
    $0.averageDecay = 0.999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
  }
}
