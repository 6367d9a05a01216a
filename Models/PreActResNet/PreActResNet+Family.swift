extension ResNetV2 {
  static let family = Family(
    "preact_resnet",
    about: About(
      "Pre-activation ResNet (ResNet V2)",
      idea:
        "Batch norm and ReLU move in front of the convolutions, so that nothing at all stands on the shortcut "
        + "and a block's output is the plain sum of its input and its residual. The signal then travels from "
        + "any block to any other unchanged, forwards and backwards. A thousand layers become as easy to "
        + "train as a hundred.",
      change:
        "Over ResNet: the order of batch norm, ReLU and convolution, and one more batch norm and ReLU behind "
        + "the last block; parameters and arithmetic hardly change.",
      remarks: [
        "On CIFAR the stride is on the first 1×1, as in the authors' code; timm's ImageNet networks have it on "
          + "the 3×3."
      ]),
    architectures: [ResNetV2.self, PreActResNetCIFAR.self])
}
