import Recipes

extension ResNet {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNet.recipes }

  static let recipes: [Recipe] = [
    .residualImageNet(
      source:
        "He et al. 2016, section 3.4; 90 epochs with steps at 30 and 60, as in the authors' released code",
      expected: "24.7 % top-1 and 7.8 % top-5 error on ImageNet (ResNet-50, one crop)"),
    .residualCIFAR(
      source:
        "He et al. 2016, section 4.2: 64,000 steps of 128, which are 164 epochs of CIFAR; a tenth of the "
        + "learning rate at 82 and 123",
      expected: "8.75 % error on CIFAR-10 (ResNet-20)"),
    .residualFashionMNIST,
  ]
}

extension ResNetCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNet.recipes }
}
