extension ResNetV2 {
  static let family = Family(
    "preact_resnet",
    about: About(
      "Pre-activation ResNet (ResNet V2)",
      idea:
        "Batch norm and ReLU move in front of the convolutions, so that the shortcut is the bare identity and "
        + "a block's output is the plain sum of its input and its residual. The signal then travels from any "
        + "block to any other unchanged, forward and backward. A thousand layers become as easy to train as a "
        + "hundred.",
      change:
        "Over ResNet: the order of batch norm, ReLU and convolution, and one more batch norm and ReLU after "
        + "the last block; parameters and MACs hardly change.",
      remarks: [
        "The CIFAR networks stride the first 1×1, as the authors' code does; timm's ImageNet networks "
          + "stride the 3×3."
      ]),
    architectures: [ResNetV2.self, PreActResNetCIFAR.self])
}
