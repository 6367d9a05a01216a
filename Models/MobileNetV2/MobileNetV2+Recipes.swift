import Recipes

extension MobileNetV2 {
  package var initialization: InitializationScheme { .mobileNet }
  package var recipes: [Recipe] { [MobileNetV2.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Sandler et al. 2018, section 6.1: RMSProp with momentum 0.9, 0.045 times 0.98 an epoch, batches of 96, weight decay "
      + "4e-5; 300 epochs, as torchvision's references",
    expected: "72.0 % top-1 accuracy on ImageNet"
  ) {
    $0.epochs = 300
    $0.batch = 96
    $0.optimizer = .rmsProp(.tensorFlow, alpha: 0.9, epsilon: 1, momentum: 0.9)
    $0.learningRate = LearningRate(base: 0.045, schedule: .step(epochs: 1, factor: 0.98))
    $0.weightDecay = 4e-5
    $0.averageDecay = 0.9999
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
  }
}
