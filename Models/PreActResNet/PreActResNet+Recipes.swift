import Recipes

extension ResNetV2 {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNetV2.recipes }

  static let recipes: [Recipe] = [
    .residualImageNet(
      source: "He et al. 2016 (arXiv:1603.05027): ResNet's settings, 90 epochs with steps at 30 and 60"),
    .residualCIFAR(
      source:
        "He et al. 2016 (arXiv:1603.05027): ResNet's settings, without the warm-up of the first 400 steps; "
        + "a tenth of the learning rate at epochs 82 and 123 of 164",
      expected: "5.46 % error on CIFAR-10 (164 layers)"),
    .residualFashionMNIST,
  ]
}

extension PreActResNetCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNetV2.recipes }
}
