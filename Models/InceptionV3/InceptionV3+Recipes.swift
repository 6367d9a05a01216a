import Recipes

extension InceptionV3 {
  package var initialization: InitializationScheme { .inception }
  package var recipes: [Recipe] { [InceptionV3.paperRecipe, .residualFashionMNIST] }

  private static let paperRecipe = Recipe(
    "paper",
    source: "Szegedy et al. 2016, section 8: 100 epochs, 0.045 times 0.94 every two, label smoothing 0.1, "
      + "gradients clipped at 2, averaged weights; SGD with momentum, the paper's first choice, instead of RMSProp",
    expected: "21.2 % top-1 and 5.6 % top-5 error on ImageNet"
  ) {
    $0.epochs = 100
    $0.batch = 32
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.045, schedule: .step(epochs: 2, factor: 0.94))
    $0.weightDecay = 4e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.gradientLimit = 2
    $0.averageDecay = 0.999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
  }
}
