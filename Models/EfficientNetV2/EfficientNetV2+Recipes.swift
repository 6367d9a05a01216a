import Recipes

extension EfficientNetV2 {
  package var initialization: InitializationScheme { .efficientNet }
  package var recipes: [Recipe] { [EfficientNetV2.torchvisionRecipe] }

  private static let torchvisionRecipe = Recipe(
    "torchvision", for: .large,
    source:
      "torchvision's references for S: 600 epochs of 1024, 0.5 with a cosine after 5 epochs of warm-up, weight decay 2e-5 but "
      + "not of norms, label smoothing 0.1, mixup 0.2, CutMix 1, TrivialAugment, random erasing 0.1, averaged weights",
    expected: "84.2 % top-1 and 96.9 % top-5 accuracy on ImageNet (S)"
  ) {
    $0.epochs = 600
    $0.batch = 1024
    $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
    $0.learningRate = LearningRate(base: 0.5, schedule: .cosine(floor: 0), warmupEpochs: 5)
    $0.weightDecay = 2e-5
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.averageDecay = 0.9999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.policy = .trivialAugment
    $0.augmentation.erasing = 0.1
    $0.augmentation.mixup = 0.2
    $0.augmentation.cutmix = 1
  }
}
