import Recipes

extension NASNet {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { [NASNet.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Zoph et al. 2018, appendix A, and the authors' code: Inception's images, label smoothing 0.1, weights averaged with "
      + "0.9999, dropout 0.5, gradients clipped at 10; SGD instead of RMSProp and a cosine",
    expected: "82.7 % top-1 and 96.2 % top-5 accuracy on ImageNet (6 @ 4032)"
  ) {
    $0.epochs = 250
    $0.batch = 1600
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.4, schedule: .cosine(floor: 0), warmupEpochs: 5)
    $0.weightDecay = 4e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.gradientLimit = 10
    $0.averageDecay = 0.9999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
  }
}
