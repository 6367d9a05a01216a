import Recipes

extension WideResNet {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { WideResNet.recipes }

  static let recipes: [Recipe] = [
    .residualImageNet(
      source:
        "Zagoruyko and Komodakis 2016: trained as ResNet is, with fb.resnet.torch; 90 epochs with steps at 30 "
        + "and 60",
      expected: "21.9 % top-1 and 5.79 % top-5 error on ImageNet (WRN-50-2, one crop)"),
    Recipe(
      "paper", for: .small, source: "Zagoruyko and Komodakis 2016, section 3",
      expected: "4.0 % error on CIFAR-10 (WRN-28-10)"
    ) {
      $0.epochs = 200
      $0.batch = 128
      $0.learningRate = LearningRate(base: 0.1, schedule: .multiStep(epochs: [60, 120, 160], factor: 0.2))
      $0.weightDecay = 5e-4
      $0.decaysVectors = true
      $0.augmentation.padCrop = 4
      $0.augmentation.flips = true
    },
    .residualFashionMNIST,
  ]
}

extension WideResNetCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { WideResNet.recipes }
}
