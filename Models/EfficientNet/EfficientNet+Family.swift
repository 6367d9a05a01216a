extension EfficientNet {
  static let family = Family(
    "efficientnet",
    about: About(
      "EfficientNet",
      idea:
        "More layers, more channels and larger images each make a network more accurate, but scaling only "
        + "one of them soon stops helping. EfficientNet scales all three together, by powers of constants "
        + "that a grid search found once on a small network. That network, B0, comes from a search like "
        + "MnasNet's; B1 to B7 are B0, scaled up.",
      change:
        "Over MnasNet: squeeze-and-excitation in every block, SiLU, and a single rule that scales depth, "
        + "width and resolution. B7 matches networks with eight times as many parameters.",
      remarks: [
        "torchvision pads symmetrically. Weights with the names of EfficientNet-PyTorch (_conv_stem, "
          + "_blocks) come from TensorFlow and need its padding and ε: samePadding=true and epsilon=0.001, "
          + "which are set for the files listed here.",
        "torchvision's weights of B5 to B7 are those of EfficientNet-PyTorch as well, but were measured "
          + "with symmetric padding.",
        "The Lite networks leave out squeeze-and-excitation and SiLU, which run poorly on small "
          + "accelerators and in 8-bit arithmetic, and do not scale the stem and the head.",
      ]),
    architectures: [EfficientNet.self, EfficientNetLite.self])
}
