import Recipes

extension MobileNetV1 {
  package var initialization: InitializationScheme { .mobileNet }
  package var recipes: [Recipe] { [MobileNetV1.paperRecipe] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Howard et al. 2017, section 3.2, and the authors' code: RMSProp, 0.045 times 0.98 an epoch, little augmentation and "
      + "little decay; 150 epochs of 96",
    expected: "70.6 % top-1 accuracy on ImageNet"
  ) {
    $0.epochs = 150
    $0.batch = 96
    $0.optimizer = .rmsProp(.tensorFlow, alpha: 0.9, epsilon: 0.001, momentum: 0.9)
    $0.learningRate = LearningRate(base: 0.045, schedule: .step(epochs: 1, factor: 0.98))
    $0.weightDecay = 4e-5
    $0.averageDecay = 0.9999
    $0.augmentation.resizedCrop = 0.35
    $0.augmentation.flips = true
  }
}
