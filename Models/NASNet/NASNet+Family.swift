extension NASNet {
  static let family = Family(
    "nasnet",
    about: About(
      "NASNet",
      idea:
        "Search a small cell on CIFAR-10 rather than a network on ImageNet, then stack the cell as often as wanted. There are "
        + "two, one that keeps the resolution and one that halves it; each combines the results of the two cells before it "
        + "five times in pairs. A recurrent network proposes them, and the accuracy of what it proposed trains it.",
      change:
        "Over Inception: modules found by search, with depthwise separable convolutions and pools only, that read two earlier "
        + "modules instead of one.",
      remarks: [
        "6 @ 4032 are the normal cells of a stage and the channels of the last.",
        "Half of a skipped reduction is read one pixel further down right, where a row and a column of zeros follow the image.",
      ]),
    architectures: [NASNet.self])
}
