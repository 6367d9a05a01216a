import Recipes

extension ConvNeXt {
  package var initialization: InitializationScheme { .convNeXt }
  package var recipes: [Recipe] { [ConvNeXt.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Liu et al. 2022, table 5: 300 epochs of 4096, AdamW with 4e-3 and weight decay 0.05, a cosine after 20 epochs of "
      + "warm-up, label smoothing 0.1, mixup 0.8, CutMix 1, random erasing 0.25, averaged weights; its RandAugment 9 of 10 is "
      + "27 of 30 here, without the random spread of the magnitude",
    expected: "82.1 % top-1 accuracy on ImageNet (T)"
  ) {
    $0.epochs = 300
    $0.batch = 4096
    $0.optimizer = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    $0.learningRate = LearningRate(base: 4e-3, schedule: .cosine(floor: 1e-6), warmupEpochs: 20)
    $0.weightDecay = 0.05
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.averageDecay = 0.9999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.policy = .randAugment(magnitude: 27)
    $0.augmentation.erasing = 0.25
    $0.augmentation.mixup = 0.8
    $0.augmentation.cutmix = 1
  }
}

extension InitializationScheme {
  /// torchvision's and the authors' ConvNeXt, whose `trunc_normal_` cuts at ±2: a hundred deviations.
  fileprivate static let convNeXt = InitializationScheme(
    "convnext", convolution: .normal(deviation: 0.02), linear: .normal(deviation: 0.02),
    convolutionBias: .constant(0), linearBias: .constant(0))
}
