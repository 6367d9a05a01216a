extension NASNet {
  static let family = Family(
    "nasnet",
    about: About(
      "NASNet",
      idea:
        "A search finds a small cell on CIFAR-10 instead of a whole network on ImageNet; the network is a "
        + "stack of such cells, of which one kind keeps the resolution and one halves it. Each cell "
        + "combines the outputs of the two cells before it, five times, in pairs. A recurrent network "
        + "proposes cells and is trained with the accuracy that they reach.",
      change:
        "Over Inception: modules found by search, made of separable convolutions and pools, that read the "
        + "two preceding modules instead of one.",
      remarks: [
        "In the paper's 6 @ 4032, 6 is the number of normal cells per stage and 4032 the number of "
          + "channels before the classifier.",
        "Where a skipped input has to be halved, half of its channels come from one pixel further down "
          + "and to the right; a row and a column of zeros follow the image there.",
      ]),
    architectures: [NASNet.self])
}
