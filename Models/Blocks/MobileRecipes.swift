import Recipes

extension InitializationScheme {
  /// torchvision's MobileNetV2 and V3: the scheme of He et al., 2015, and a small classifier.
  static let mobileNet = InitializationScheme(
    "mobilenet", convolution: .heNormal(.output), linear: .normal(deviation: 0.01),
    convolutionBias: .constant(0), linearBias: .constant(0))
}
