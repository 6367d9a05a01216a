import Recipes

extension DenseNet {
  package var initialization: InitializationScheme { .dense }

  package var recipes: [Recipe] {
    [DenseNet.imageNetRecipe, DenseNet.cifarRecipe, DenseNet.fashionMNISTRecipe]
  }

  private static let imageNetRecipe = Recipe(
    "paper", for: .large, source: "Huang et al. 2017, section 4.2",
    expected: "25.0 % top-1 and 7.7 % top-5 error on ImageNet (DenseNet-121, one crop)"
  ) {
    $0.epochs = 90
    $0.batch = 256
    $0.learningRate = LearningRate(base: 0.1, schedule: .step(epochs: 30, factor: 0.1))
    $0.weightDecay = 1e-4
    $0.decaysVectors = true
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
  }

  private static let cifarRecipe = Recipe(
    "paper", for: .small, source: "Huang et al. 2017, section 4.2",
    expected: "4.51 % error on CIFAR-10 (DenseNet-BC, depth 100, k = 12)"
  ) {
    $0.epochs = 300
    $0.batch = 64
    $0.learningRate = LearningRate(base: 0.1, schedule: .multiStep(epochs: [150, 225], factor: 0.1))
    $0.weightDecay = 1e-4
    $0.decaysVectors = true
    $0.augmentation.padCrop = 4
    $0.augmentation.flips = true
  }

  private static let fashionMNISTRecipe = Recipe(
    "fashion-mnist", source: "one cycle, tuned on the small dense networks"
  ) {
    $0.cycleOverGarments()
    $0.epochs = 14
    $0.batch = 64
    $0.learningRate.base = 0.1
  }
}

extension InitializationScheme {
  /// torchvision's DenseNet: the scheme of He et al., 2015.
  fileprivate static let dense = InitializationScheme(
    "dense", convolution: .heNormal(.input), linear: .fanInUniform, convolutionBias: .fanInUniform,
    linearBias: .constant(0))
}
