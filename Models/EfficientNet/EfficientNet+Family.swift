extension EfficientNet {
  static let family = Family(
    "efficientnet",
    about: About(
      "EfficientNet",
      idea:
        "Deeper, wider and with larger images: each helps a network, but alone each soon stops helping. So all three grow "
        + "together, by powers of constants that were found once on a small network. That network, B0, comes from a search "
        + "like MnasNet's; B1 to B7 are B0, scaled.",
      change:
        "Over MnasNet: squeeze-and-excitation in every block, SiLU, and one rule that scales depth, width and resolution; B7 is "
        + "as accurate as networks with eight times the parameters.",
      remarks: [
        "torchvision pads alike on all sides. Weights with EfficientNet-PyTorch's names (_conv_stem, _blocks) come from "
          + "TensorFlow and want its padding and ε: samePadding=true, epsilon=0.001, which is set for the files that are "
          + "listed.",
        "The torchvision weights of B5 to B7 are EfficientNet-PyTorch's too, but were measured with symmetric padding.",
        "The Lite networks have neither squeeze-and-excitation nor SiLU, which small accelerators and 8-bit arithmetic "
          + "do badly, and neither stem nor head grows.",
      ]),
    architectures: [EfficientNet.self, EfficientNetLite.self])
}
