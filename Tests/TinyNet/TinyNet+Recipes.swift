import Recipes
import Zoo

extension TinyNet {
  /// Normal weights, except for the convolution's.
  package var initialization: InitializationScheme {
    InitializationScheme(
      "tiny", convolution: .constant(1), linear: .normal(deviation: 0.1), convolutionBias: .constant(0),
      linearBias: .constant(0.25), exceptions: ["conv.weight": .heUniform(.input)])
  }

  package var loss: Loss { .radialBasis(competition: 3) }

  package var recipes: [Recipe] { TinyNet.recipes }

  private static let recipes = [
    Recipe("paper", for: .small, source: "section 1", expected: "0 % error on halves") {
      $0.epochs = 4
      $0.batch = 8
      $0.learningRate = LearningRate(base: 0.02, schedule: .constant)
    },
    Recipe("halves", source: "tuned on this data set") { $0.epochs = 9 },
  ]
}
