import Recipes

extension EfficientNet {
  package var initialization: InitializationScheme { .efficientNet }
  package var recipes: [Recipe] { EfficientNet.recipes }

  static let recipes: [Recipe] = [
    Recipe(
      "paper", for: .large,
      source:
        "Tan and Le 2019, section 5.2: 350 epochs of 4096, RMSProp, 0.256 times 0.97 every 2.4 epochs, which are steps of 2 here, "
        + "weight decay 1e-5, AutoAugment, averaged weights; label smoothing 0.1 as in the authors' code",
      expected: "77.1 % top-1 and 93.3 % top-5 accuracy on ImageNet (B0)"
    ) {
      $0.epochs = 350
      $0.batch = 4096
      $0.optimizer = .rmsProp(.tensorFlow, alpha: 0.9, epsilon: 0.001, momentum: 0.9)
      $0.learningRate = LearningRate(
        base: 0.256, schedule: .step(epochs: 2, factor: 0.975), warmupEpochs: 5)
      $0.weightDecay = 1e-5
      $0.loss = .crossEntropy(smoothing: 0.1)
      $0.averageDecay = 0.9999
      $0.augmentation.resizedCrop = 0.08
      $0.augmentation.flips = true
      $0.augmentation.policy = .autoAugment
    }
  ]
}

extension EfficientNetLite {
  package var initialization: InitializationScheme { .efficientNet }
  package var recipes: [Recipe] { EfficientNet.recipes }
}

extension InitializationScheme {
  /// torchvision's EfficientNet and EfficientNetV2.
  static let efficientNet = InitializationScheme(
    "efficientnet", convolution: .heNormal(.output), linear: .fanOutUniform(gain: 1),
    convolutionBias: .constant(0), linearBias: .constant(0))
}
