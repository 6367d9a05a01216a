extension ResNetD {
  static let family = Family(
    "resnet_d",
    about: About(
      "ResNet-D",
      idea:
        "A 1×1 convolution with stride 2 looks at a quarter of its input and discards the rest. The three places where "
        + "ResNet does so or shrinks too fast are repaired: the stride of a bottleneck is on its 3×3, an average pool comes "
        + "before the 1×1 of the shortcut, and three 3×3 replace the 7×7. The cost is 6 % more MACs for nearly one percent "
        + "of accuracy.",
      change:
        "Over ResNet: a stem of three 3×3 and an average pool in the shortcuts that halve the resolution.",
      remarks: [
        "The paper's other tricks (warm-up, cosine, label smoothing, mixup, distillation) belong to training."
      ]),
    architectures: [ResNetD.self])
}
