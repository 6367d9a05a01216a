extension GhostNet {
  static let family = Family(
    "ghostnet",
    about: About(
      "GhostNet",
      idea:
        "Many feature maps of a trained network are alike, as if one were the ghost of another. So only half of them are "
        + "computed by a 1×1 convolution, and the others are made from those by a cheap depthwise 3×3. Ghost modules take the "
        + "place of both 1×1 in the blocks of MobileNetV3.",
      change:
        "Over MobileNetV3: ghost modules for the 1×1 convolutions, depthwise convolutions only where the resolution halves, "
        + "ReLU throughout; more accurate with fewer MACs.",
      remarks: ["The block table is MobileNetV3-Large's, but for its kernels and squeezes."]),
    architectures: [GhostNet.self])
}
