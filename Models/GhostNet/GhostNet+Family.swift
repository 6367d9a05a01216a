extension GhostNet {
  static let family = Family(
    "ghostnet",
    about: About(
      "GhostNet",
      idea:
        "Many feature maps of a trained network are nearly copies of others, their ghosts. A ghost module "
        + "computes only half of its output with a 1×1 convolution and derives the rest from it with a "
        + "cheap depthwise 3×3. Ghost modules replace both 1×1 convolutions in the blocks of MobileNetV3.",
      change:
        "Over MobileNetV3: ghost modules in place of the 1×1 convolutions, a depthwise convolution "
        + "between them only where the resolution halves, and ReLU throughout; more accurate with fewer "
        + "MACs.",
      remarks: [
        "Except for kernel sizes and squeeze-and-excitation, the table of blocks is that of "
          + "MobileNetV3-Large."
      ]),
    architectures: [GhostNet.self])
}
