import Recipes

extension LeNet5 {
  package var initialization: InitializationScheme { .lenet }

  /// Equation 9; 50 keeps the competition term small until a wrong unit comes close.
  package var loss: Loss { .radialBasis(competition: 50) }

  package var recipes: [Recipe] { [LeNet5.paperRecipe, LeNet5.fashionMNISTRecipe] }

  fileprivate static let paperRecipe = Recipe(
    "paper",
    source:
      "LeCun et al. 1998, section III: 20 passes with a falling learning rate; batches of 16 and AdamW instead "
      + "of single samples and the stochastic diagonal Levenberg-Marquardt method",
    expected: "0.95 % error on MNIST"
  ) {
    $0.epochs = 20
    $0.batch = 16
    $0.optimizer = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    $0.learningRate = LearningRate(base: 5e-4, schedule: .step(epochs: 5, factor: 0.5))
    $0.weightDecay = 0
  }

  private static let fashionMNISTRecipe = Recipe(
    "fashion-mnist", source: "tuned on this network with eq. 9 of LeCun et al. 1998"
  ) {
    $0.manyEpochsOverGarments()
    $0.learningRate.base = 3e-3
  }
}

extension LeNet5Modern {
  package var initialization: InitializationScheme { .torch }
  package var recipes: [Recipe] {
    switch form {
    case .textbook: [LeNet5.paperRecipe, LeNet5Modern.fashionMNISTRecipe]
    case .tutorial: [LeNet5Modern.tutorialRecipe]
    }
  }

  private static let fashionMNISTRecipe = Recipe("fashion-mnist", source: "tuned on this network") {
    $0.manyEpochsOverGarments()
  }

  private static let tutorialRecipe = Recipe(
    "tutorial", source: "PyTorch tutorials, \"Training a Classifier\": two epochs of SGD in batches of 4",
    expected: "about 55 % accuracy on CIFAR-10"
  ) {
    $0.epochs = 2
    $0.batch = 4
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 1e-3, schedule: .constant)
    $0.weightDecay = 0
  }
}

extension InitializationScheme {
  /// Appendix A of LeCun et al., 1998.
  fileprivate static let lenet = InitializationScheme(
    "lenet", convolution: .lecunUniform, linear: .lecunUniform, convolutionBias: .lecunUniform,
    linearBias: .lecunUniform)
}

extension TrainingSettings {
  /// A network that underfits gains from SGD's noise and from every epoch: with AdamW and half as many epochs
  /// LeNet-5 stayed 1.5 percentage points behind.
  fileprivate mutating func manyEpochsOverGarments() {
    epochs = 40
    batch = 64
    learningRate = LearningRate(base: 0.05, schedule: .oneCycle(rise: 0.2, start: 10, end: 1000))
    weightDecay = 5e-4
    augmentation.padCrop = 1
    augmentation.flips = true
  }
}
