import Recipes

extension PyramidNetCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] {
    [
      Recipe(
        "paper", for: .small,
        source:
          "Han et al. 2017, section 4.1: 300 epochs of 128, 0.1 (0.5 on CIFAR-100) with a tenth after 150 and 225, Nesterov, "
          + "weight decay 1e-4",
        expected: "3.73 % error on CIFAR-10 (α = 270)"
      ) {
        $0.epochs = 300
        $0.batch = 128
        $0.optimizer = .sgd(momentum: 0.9, nesterov: true)
        $0.learningRate = LearningRate(base: 0.1, schedule: .multiStep(epochs: [150, 225], factor: 0.1))
        $0.weightDecay = 1e-4
        $0.decaysVectors = true
        $0.augmentation.padCrop = 4
        $0.augmentation.flips = true
      },
      .residualFashionMNIST,
    ]
  }
}
