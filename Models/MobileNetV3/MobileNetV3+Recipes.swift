import Recipes

extension MobileNetV3 {
  package var initialization: InitializationScheme { .mobileNet }
  package var recipes: [Recipe] { [MobileNetV3.torchvisionRecipe] }

  private static let torchvisionRecipe = Recipe(
    "torchvision", for: .large,
    source:
      "torchvision's references for its first weights: 600 epochs of 1024, RMSProp with 0.064 times 0.973 every two epochs, "
      + "weight decay 1e-5, AutoAugment, random erasing 0.2",
    expected: "74.0 % top-1 and 91.3 % top-5 accuracy on ImageNet (Large)"
  ) {
    $0.epochs = 600
    $0.batch = 1024
    $0.optimizer = .rmsProp(.torch, alpha: 0.9, epsilon: 0.0316, momentum: 0.9)
    $0.learningRate = LearningRate(base: 0.064, schedule: .step(epochs: 2, factor: 0.973))
    $0.weightDecay = 1e-5
    $0.decaysVectors = true
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.policy = .autoAugment
    $0.augmentation.erasing = 0.2
  }
}
