extension RegNet {
  static let family = Family(
    "regnet",
    about: About(
      "RegNet",
      idea:
        "Instead of a single network, a space of networks is designed: sample many, train each briefly, "
        + "find out what the good ones have in common, narrow the space, and repeat. What remains are six "
        + "numbers: the width of block j follows a line, w₀ + wₐ·j, rounded to powers of wₘ so that blocks "
        + "of equal width form stages. Good networks have about 20 blocks at any size, no bottleneck, and "
        + "widths that grow by a factor of about 2.5 per stage.",
      change:
        "Over ResNeXt: a bottleneck ratio of 1, a single 3×3 convolution as the stem, and depth, widths "
        + "and groups from a rule instead of doubling by hand; RegNetY adds squeeze-and-excitation to every "
        + "block.",
      remarks: [
        "The number in a name is the MACs at 224×224: 400MF means 0.4 billion.",
        "RegNetY's SWAG weights were pretrained on 3.6 billion images with hashtags; those without lc in "
          + "the file name are fine-tuned at 384×384.",
        "A width that is not a multiple of its group width is rounded to one.",
      ]),
    architectures: [RegNet.self])
}
