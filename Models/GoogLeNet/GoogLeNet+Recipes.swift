import Recipes

extension GoogLeNet {
  package var initialization: InitializationScheme { .inception }
  package var recipes: [Recipe] { GoogLeNet.recipes }

  static let recipes: [Recipe] = [
    Recipe(
      "paper",
      source:
        "Szegedy et al. 2015, section 6: the learning rate falls by 4 % every 8 epochs, crops cover 8 to 100 % "
        + "of the image; the learning rate itself is not in the paper",
      expected: "10.07 % top-5 error on ImageNet, one network and one crop"
    ) {
      $0.epochs = 250
      $0.batch = 32
      $0.optimizer = .sgd(momentum: 0.9, nesterov: false)
      $0.learningRate = LearningRate(base: 0.01, schedule: .step(epochs: 8, factor: 0.96))
      $0.weightDecay = 2e-4
      $0.decaysVectors = true
      $0.augmentation.resizedCrop = 0.08
      $0.augmentation.flips = true
      $0.augmentation.jitter = 0.4
      $0.averageDecay = 0.999
    },
    .residualFashionMNIST,
  ]
}

extension InceptionV1 {
  package var initialization: InitializationScheme { .inception }
  package var recipes: [Recipe] { GoogLeNet.recipes }
}
