extension DPN {
  static let family = Family(
    "dpn",
    about: About(
      "Dual path network",
      idea:
        "A residual path reuses features, a dense path explores new ones; both can share one block. Of what a block computes, "
        + "most is added to the first channels, as in ResNet, and a little is appended behind the others, as in DenseNet. "
        + "The next block reads everything.",
      change:
        "Over ResNeXt: pre-activation, and a few channels per block that are appended instead of added; fewer parameters "
        + "than ResNeXt or DenseNet at the same accuracy.",
      remarks: [
        "Images are scaled to a deviation of 0.235 in all channels, as the authors' 0.0167 of 255 does."
      ]),
    architectures: [DPN.self])
}
