import Recipes

extension VGG {
  package var initialization: InitializationScheme { .vgg }
  package var recipes: [Recipe] { [VGG.paperRecipe, .residualFashionMNIST] }

  private static let paperRecipe = Recipe(
    "paper", source: "Simonyan and Zisserman 2015, section 3.1; the learning rate falls at fixed epochs",
    expected: "25.5 % top-1 and 8.0 % top-5 error on ImageNet (VGG-16, one scale)"
  ) {
    $0.epochs = 74
    $0.batch = 256
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.01, schedule: .step(epochs: 20, factor: 0.1))
    $0.weightDecay = 5e-4
    $0.decaysVectors = true
    $0.augmentation.resizedCrop = 0.25
    $0.augmentation.flips = true
    $0.augmentation.lighting = 0.1
  }
}

extension InitializationScheme {
  /// torchvision's VGG.
  fileprivate static let vgg = InitializationScheme(
    "vgg", convolution: .heNormal(.output), linear: .normal(deviation: 0.01), convolutionBias: .constant(0),
    linearBias: .constant(0))
}
