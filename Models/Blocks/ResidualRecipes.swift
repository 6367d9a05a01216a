import Recipes

extension InitializationScheme {
  /// torchvision's ResNet, ResNeXt and Wide ResNet: the scheme of He et al., 2015, that preserves the variance of gradients.
  ///
  /// The CIFAR networks use it too.
  static let residual = InitializationScheme(
    "residual", convolution: .heNormal(.output), linear: .fanInUniform, convolutionBias: .fanInUniform,
    linearBias: .fanInUniform)
}

extension Recipe {
  /// How ResNet's paper and fb.resnet.torch train residual networks on ImageNet.
  static func residualImageNet(source: String, expected: String? = nil) -> Recipe {
    Recipe("paper", for: .large, source: source, expected: expected) {
      $0.epochs = 90
      $0.batch = 256
      $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
      $0.learningRate = LearningRate(base: 0.1, schedule: .step(epochs: 30, factor: 0.1))
      $0.weightDecay = 1e-4
      $0.decaysVectors = true
      $0.augmentation.resizedCrop = 0.08
      $0.augmentation.flips = true
      $0.augmentation.lighting = 0.1
    }
  }

  /// How ResNet's paper trains on CIFAR: 64,000 steps of 128 images, which are 164 epochs.
  static func residualCIFAR(source: String, expected: String) -> Recipe {
    Recipe("paper", for: .small, source: source, expected: expected) {
      $0.epochs = 164
      $0.batch = 128
      $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
      $0.learningRate = LearningRate(base: 0.1, schedule: .multiStep(epochs: [82, 123], factor: 0.1))
      $0.weightDecay = 1e-4
      $0.decaysVectors = true
      $0.augmentation.padCrop = 4
      $0.augmentation.flips = true
    }
  }
}
