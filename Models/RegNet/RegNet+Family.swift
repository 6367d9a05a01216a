extension RegNet {
  static let family = Family(
    "regnet",
    about: About(
      "RegNet",
      idea:
        "Not a network is designed but a space of them: sample many networks, see which numbers the good ones share, "
        + "narrow the space, and repeat. What is left are six numbers, for the width of block j follows a line, w₀ + wₐ·j, "
        + "rounded to powers of wₘ so that blocks of one width form a stage. Good networks are wide and of moderate depth, "
        + "without bottlenecks, and widen by about 2.5 from stage to stage.",
      change:
        "Over ResNeXt: a bottleneck ratio of 1, a 3×3 stem without pooling, and depths, widths and groups from a rule instead "
        + "of doubling; Y adds squeeze-and-excitation to each block.",
      remarks: [
        "The number in a name is the MACs: 400MF are 0.4 G, counted at 224×224.",
        "The SWAG weights of Y were trained on 3.6 billion images and their hashtags; those without lc are for 384 pixels.",
        "Where a group is wider than the width allows, the width is rounded to a multiple of the group.",
      ]),
    architectures: [RegNet.self])
}
