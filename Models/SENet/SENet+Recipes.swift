import Recipes

extension SENet {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { SENet.recipes }

  static let recipes: [Recipe] = [
    Recipe(
      "paper", for: .large,
      source:
        "Hu et al. 2018, section 5: 100 epochs of 1024, 0.6 times 0.1 every 30 epochs, momentum 0.9; weight decay as for "
        + "ResNet",
      expected: "23.29 % top-1 and 6.62 % top-5 error on ImageNet (SE-ResNet-50)"
    ) {
      $0.epochs = 100
      $0.batch = 1024
      $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
      $0.learningRate = LearningRate(base: 0.6, schedule: .step(epochs: 30, factor: 0.1))
      $0.weightDecay = 1e-4
      $0.decaysVectors = true
      $0.augmentation.resizedCrop = 0.08
      $0.augmentation.flips = true
    },
    .residualCIFAR(
      source:
        "Hu et al. 2020, section 5.1: ResNet's settings; a tenth of the learning rate at epochs 82 and 123 of 164",
      expected: "4.39 % error on CIFAR-10 (164 layers)"),
    .residualFashionMNIST,
  ]
}

extension SEResNet {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { SENet.recipes }
}

extension SEResNetCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { SENet.recipes }
}
