extension EfficientNetV2 {
  static let family = Family(
    "efficientnet_v2",
    about: About(
      "EfficientNetV2",
      idea:
        "Depthwise convolutions save multiplications, but little time while feature maps are large and "
        + "have few channels; an ordinary 3×3 is faster there. A search that optimizes training speed puts "
        + "fused blocks with ordinary convolutions in the first stages, and depthwise blocks with "
        + "squeeze-and-excitation in the later ones. Training is progressive: images grow, and "
        + "regularization grows with them.",
      change:
        "Over EfficientNet: fused blocks in the first three stages, only 3×3 kernels, smaller expansions, "
        + "and more layers in the late stages. M matches B7 with two thirds of the MACs and an eleventh of "
        + "the training time.",
      remarks: [
        "torchvision trained S and M itself. L's weights are the authors', which is why its images are "
          + "normalized to -1 … 1."
      ]),
    architectures: [EfficientNetV2.self])
}
