extension EfficientNetV2 {
  static let family = Family(
    "efficientnet_v2",
    about: About(
      "EfficientNetV2",
      idea:
        "Depthwise convolutions save multiplications but not time where feature maps are large and channels few: there an "
        + "ordinary 3×3 is faster. A search that rewards training speed uses it in the first stages and depthwise ones, with "
        + "squeeze-and-excitation, in the later. Training goes from small images with little regularization to larger ones "
        + "with more.",
      change:
        "Over EfficientNet: fused blocks in the first three stages, only 3×3 kernels, smaller expansions, more layers late; "
        + "as accurate as B7 with a fifth of the MACs.",
      remarks: [
        "torchvision trained S and M itself; L's weights are ported, which is why its images are normalized to -1 … 1."
      ]),
    architectures: [EfficientNetV2.self])
}
