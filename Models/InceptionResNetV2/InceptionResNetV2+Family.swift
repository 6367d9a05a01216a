extension InceptionResNetV2 {
  static let family = Family(
    "inception_resnet_v2",
    about: About(
      "Inception-ResNet V2",
      idea:
        "Inception modules whose concatenated branches are projected by a 1×1 and added to the module's input. The shortcuts "
        + "make training much faster, and the final accuracy a little better. Beyond a thousand channels such residuals "
        + "become unstable unless they are scaled down, here by 0.1 to 0.2.",
      change:
        "Over Inception V4: residual modules with cheaper branches instead of concatenation, forty of them instead of "
        + "fourteen.",
      remarks: [
        "The last of the modules on 8×8 is neither scaled nor followed by a ReLU.",
        "The published network is not the paper's to the letter: its stem is Inception V3's, and it has twice the modules.",
      ]),
    architectures: [InceptionResNetV2.self])
}
