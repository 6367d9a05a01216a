import Recipes

extension Res2Net {
  package var initialization: InitializationScheme { .residual }

  package var recipes: [Recipe] {
    [
      .residualImageNet(
        source: "Gao et al. 2021, section 4.1: as ResNet, 100 epochs; here its 90, with steps at 30 and 60",
        expected: "22.01 % top-1 and 6.15 % top-5 error on ImageNet (Res2Net-50)"),
      .residualFashionMNIST,
    ]
  }
}
