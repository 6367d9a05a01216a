import Recipes

extension ResNeXt {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNeXt.recipes }

  static let recipes: [Recipe] = [
    .residualImageNet(
      source: "Xie et al. 2017, section 4: ResNet's settings, 90 epochs with steps at 30 and 60",
      expected: "22.2 % top-1 error on ImageNet (ResNeXt-50 32x4d, one crop)"),
    .wideCIFAR(
      source: "Zagoruyko and Komodakis 2016, section 3", expected: "4.0 % error on CIFAR-10 (WRN-28-10)"),
    .residualFashionMNIST,
  ]
}

extension ResNeXtCIFAR {
  package var initialization: InitializationScheme { .residual }
  package var recipes: [Recipe] { ResNeXt.recipes }
}
