extension ResNetD {
  static let family = Family(
    "resnet_d",
    about: About(
      "ResNet-D",
      idea:
        "A 1×1 convolution with stride 2 ignores three quarters of its input, and ResNet has two of them "
        + "wherever the resolution halves. ResNet-D moves the stride of a bottleneck to its 3×3, puts an "
        + "average pool before the 1×1 of the shortcut, and replaces the 7×7 of the stem with three 3×3. "
        + "ResNet-50 gains 1.3 % of accuracy for an eighth more MACs.",
      change:
        "Over torchvision's ResNet, which has the stride on the 3×3 already: a stem of three 3×3 "
        + "convolutions, and average pools in the shortcuts that halve the resolution.",
      remarks: [
        "The paper's other tricks (warm-up, cosine schedule, label smoothing, mixup, distillation) "
          + "concern training."
      ]),
    architectures: [ResNetD.self])
}
