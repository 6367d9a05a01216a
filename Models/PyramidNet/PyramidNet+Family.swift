extension PyramidNetCIFAR {
  static let family = Family(
    "pyramid_net",
    about: About(
      "PyramidNet",
      idea:
        "ResNet doubles its channels at three places and keeps them in between; the blocks that double them carry more than "
        + "the others. A pyramid adds the same few channels in every block instead, so that the work is spread evenly. "
        + "The shortcut stays the identity, with channels of zeros behind it.",
      change:
        "Over pre-activation ResNet: widths that grow linearly, no ReLU before a block's first convolution, and a batch norm "
        + "after its last.",
      remarks: ["α is the number of channels that all blocks add together: 270 to the first 16."]),
    architectures: [PyramidNetCIFAR.self])
}
