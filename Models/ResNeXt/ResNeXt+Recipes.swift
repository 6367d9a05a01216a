import Recipes

extension ResNeXt {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNeXt.recipes }

  static let recipes: [Recipe] = [
    .residualImageNet(
      source: "Xie et al. 2017, section 4: ResNet's settings, 90 epochs with steps at 30 and 60",
      expected: "22.2 % top-1 error on ImageNet (ResNeXt-50 32x4d, one crop)"),
    Recipe(
      "paper", for: .small,
      source:
        "the authors' code: 300 epochs of CIFAR with batches of 128, a tenth of the learning rate at 147 and 222",
      expected: "3.65 % error on CIFAR-10 (ResNeXt-29 8x64d)"
    ) {
      $0.epochs = 300
      $0.batch = 128
      $0.learningRate = LearningRate(base: 0.1, schedule: .multiStep(epochs: [147, 222], factor: 0.1))
      $0.weightDecay = 5e-4
      $0.decaysVectors = true
      $0.augmentation.padCrop = 4
      $0.augmentation.flips = true
    },
    .residualFashionMNIST,
  ]
}

extension ResNeXtCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNeXt.recipes }
}
