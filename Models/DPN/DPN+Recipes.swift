import Recipes

extension DPN {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { [DPN.paperRecipe, .residualFashionMNIST] }

  private static let paperRecipe = Recipe(
    "paper", for: .large,
    source:
      "Chen et al. 2017, section 4.1: as ResNet, from 0.1 for 256 images; nesterov as in the authors' code; 90 epochs with "
      + "steps at 30 and 60",
    expected: "20.7 % top-1 and 5.4 % top-5 error on ImageNet (DPN-92)"
  ) {
    $0.epochs = 90
    $0.batch = 256
    $0.learningRate = LearningRate(base: 0.1, schedule: .step(epochs: 30, factor: 0.1))
    $0.weightDecay = 1e-4
    $0.decaysVectors = true
    $0.augmentation.resizedCrop = 0.08
    $0.augmentation.flips = true
    $0.augmentation.lighting = 0.1
  }
}
