import Recipes

extension ResNetD {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { [ResNetD.paperRecipe, .residualFashionMNIST] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "He et al. 2019, sections 2 and 5: 200 epochs of 1024, a cosine after 5 epochs of warm-up, label smoothing 0.1, mixup "
      + "0.2, no decay of biases and norms; without distillation",
    expected: "79.15 % top-1 and 94.58 % top-5 accuracy on ImageNet (ResNet-50-D)"
  ) {
    $0.epochs = 200
    $0.batch = 1024
    $0.learningRate = LearningRate(base: 0.4, schedule: .cosine(floor: 0), warmupEpochs: 5)
    $0.weightDecay = 1e-4
    $0.loss = .crossEntropy(smoothing: 0.1)
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.jitter = 0.4
    $0.augmentation.lighting = 0.1
    $0.augmentation.mixup = 0.2
  }
}
