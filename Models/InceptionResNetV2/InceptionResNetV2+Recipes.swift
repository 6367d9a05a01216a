import Recipes

extension InceptionResNetV2 {
  package var initialization: InitializationScheme { .inception }
  package var recipes: [Recipe] { [.inceptionV4, .residualFashionMNIST] }
}
