import Recipes

extension InitializationScheme {
  /// torchvision's GoogLeNet and Inception V3.
  static let inception = InitializationScheme(
    "inception", convolution: .truncatedNormal(deviation: 0.1), linear: .truncatedNormal(deviation: 0.1),
    convolutionBias: .fanInUniform, linearBias: .fanInUniform)
}
