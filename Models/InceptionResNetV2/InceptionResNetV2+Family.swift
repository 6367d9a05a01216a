extension InceptionResNetV2 {
  static let family = Family(
    "inception_resnet_v2",
    about: About(
      "Inception-ResNet V2",
      idea:
        "The branches of an Inception module are concatenated, projected by a 1×1, and added to the "
        + "module's input. These shortcuts make training much faster and the result slightly more accurate. "
        + "With more than a thousand channels, such residuals become unstable unless they are scaled down, "
        + "here by factors of 0.1 to 0.2.",
      change:
        "Over Inception V4: forty residual modules with cheaper branches instead of fourteen that "
        + "concatenate.",
      remarks: [
        "The last module at 8×8 is neither scaled nor followed by a ReLU.",
        "The published network differs from the paper: its stem is that of Inception V3, and it has twice "
          + "as many modules.",
      ]),
    architectures: [InceptionResNetV2.self])
}
