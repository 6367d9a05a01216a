import Recipes

extension SqueezeNet {
  package var initialization: InitializationScheme { .squeezeNet }
  package var recipes: [Recipe] { [SqueezeNet.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "the authors' solver.prototxt: 170,000 steps of 512, which are 68 epochs, and a learning rate that falls "
      + "linearly from 0.04; random resized crops instead of crops from 256 pixels, which are not mirrored there either",
    expected: "57.5 % top-1 and 80.3 % top-5 accuracy on ImageNet (1.0)"
  ) {
    $0.epochs = 68
    $0.batch = 512
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.04, schedule: .polynomial(power: 1))
    $0.weightDecay = 2e-4
    $0.decaysVectors = true
    $0.augmentation.resizedCrop = 0.25
  }
}

extension InitializationScheme {
  /// What torchvision's SqueezeNet starts from.
  ///
  /// Uniform by He et al. 2015, and the last convolution normal, as in the authors' train_val.prototxt.
  fileprivate static let squeezeNet = InitializationScheme(
    "squeezenet", convolution: .heUniform(.input), linear: .fanInUniform, convolutionBias: .constant(0),
    linearBias: .constant(0), exceptions: ["classifier.1.weight": .normal(deviation: 0.01)])
}
