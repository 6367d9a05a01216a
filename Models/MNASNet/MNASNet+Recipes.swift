import Recipes

extension MNASNet {
  package var initialization: InitializationScheme { .mnasNet }
  package var recipes: [Recipe] { [MNASNet.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Tan et al. 2019, section 5: 350 epochs of 4096, RMSProp, 5 epochs of warm-up to 0.256, then times 0.97 every 2.4 epochs, "
      + "which are steps of 2 epochs here; weight decay 1e-5",
    expected: "74.5 % top-1 accuracy on ImageNet (B1, the authors' code)"
  ) {
    $0.epochs = 350
    $0.batch = 4096
    $0.optimizer = .rmsProp(.tensorFlow, alpha: 0.9, epsilon: 0.001, momentum: 0.9)
    $0.learningRate = LearningRate(base: 0.256, schedule: .step(epochs: 2, factor: 0.975), warmupEpochs: 5)
    $0.weightDecay = 1e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.averageDecay = 0.9999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
  }
}

extension InitializationScheme {
  /// torchvision's MNASNet.
  fileprivate static let mnasNet = InitializationScheme(
    "mnasnet", convolution: .heNormal(.output), linear: .fanOutUniform(gain: 3.0.squareRoot()),
    convolutionBias: .constant(0),
    linearBias: .constant(0))
}
