import Recipes

extension RegNet {
  package var initialization: InitializationScheme { .regNet }
  package var recipes: [Recipe] { [RegNet.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Radosavovic et al. 2020, section 5 and appendix D: 100 epochs, a cosine after 5 epochs of warm-up, weight decay 5e-5; "
      + "0.8 for 1024 images, as for its networks up to 1.6 GF",
    expected: "27.3 % top-1 error on ImageNet (RegNetX-400MF)"
  ) {
    $0.epochs = 100
    $0.batch = 1024
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(
      base: 0.8, schedule: .cosine(floor: 0), warmupEpochs: 5, warmupStart: 0.1)
    $0.weightDecay = 5e-5
    $0.decaysVectors = true
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.lighting = 0.1
  }
}

extension InitializationScheme {
  /// torchvision's RegNet: the scheme of He et al., 2015, and a small classifier.
  fileprivate static let regNet = InitializationScheme(
    "regnet", convolution: .heNormal(.output), linear: .normal(deviation: 0.01),
    convolutionBias: .fanInUniform, linearBias: .constant(0))
}
