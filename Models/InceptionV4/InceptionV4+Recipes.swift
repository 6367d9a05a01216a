import Recipes

extension InceptionV4 {
  package var initialization: InitializationScheme { .inception }
  package var recipes: [Recipe] { [.inceptionV4, .residualFashionMNIST] }
}

extension Recipe {
  /// How the paper trains both Inception V4 and Inception-ResNet V2.
  static let inceptionV4 = Recipe(
    "paper", for: .large,
    source:
      "Szegedy et al. 2017, section 4: 20 workers, 0.045 times 0.94 every two epochs, averaged weights; label "
      + "smoothing as for Inception V3; SGD with momentum, the paper's first choice, instead of RMSProp; 160 epochs",
    expected: "20.0 % top-1 and 5.0 % top-5 error on ImageNet (Inception V4)"
  ) {
    $0.epochs = 160
    $0.batch = 32
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.045, schedule: .step(epochs: 2, factor: 0.94))
    $0.weightDecay = 4e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.averageDecay = 0.999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
  }
}
