extension DPN {
  static let family = Family(
    "dpn",
    about: About(
      "Dual path network",
      idea:
        "Residual connections reuse features; dense connections add new ones. A dual path block has both: "
        + "most of its output is added to the first channels, as in ResNet, and a small rest is appended "
        + "after the others, as in DenseNet. The next block reads all of them.",
      change:
        "Over ResNeXt: pre-activation, and a few channels per block that are appended instead of added; "
        + "as accurate with fewer parameters and MACs.",
      remarks: [
        "The authors multiply pixel values by 0.0167, which corresponds to a standard deviation of 0.235 "
          + "in every channel."
      ]),
    architectures: [DPN.self])
}
