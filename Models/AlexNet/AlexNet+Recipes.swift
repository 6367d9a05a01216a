import Recipes

extension AlexNet {
  package var initialization: InitializationScheme { .torch }
  package var recipes: [Recipe] { AlexNet.recipes }

  static let recipes: [Recipe] = [
    Recipe(
      "paper",
      source:
        "Krizhevsky et al. 2012, section 5; the learning rate falls at fixed epochs, not when the error "
        + "stalls; random resized crops instead of crops from 256 pixels",
      expected: "40.7 % top-1 and 18.2 % top-5 error on ImageNet"
    ) {
      $0.epochs = 90
      $0.batch = 128
      $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
      $0.learningRate = LearningRate(base: 0.01, schedule: .step(epochs: 30, factor: 0.1))
      $0.weightDecay = 5e-4
      $0.decaysVectors = true
      $0.augmentation.resizedCrop = 0.25
      $0.augmentation.flips = true
      $0.augmentation.lighting = 0.1
    },
    .residualFashionMNIST,
  ]
}

extension AlexNet2012 {
  package var initialization: InitializationScheme { .torch }
  package var recipes: [Recipe] { AlexNet.recipes }
}
