extension ShuffleNetV2 {
  static let family = Family(
    "shufflenet_v2",
    about: About(
      "ShuffleNetV2",
      idea:
        "Multiplications are not time: memory traffic, many small operators and groups cost too. From measurements follow "
        + "guidelines, and from those a unit that splits its channels, passes one half through unchanged, and convolves the "
        + "other with as many channels all the way. A shuffle of the channels then lets the halves meet in the next unit.",
      change:
        "Over ShuffleNet: a split instead of groups in the 1×1 convolutions, concatenation instead of a sum, equal widths in a "
        + "unit; faster at the same MACs.",
      remarks: ["The channels of the 0.5× to 2× networks are those of table 5, no multiple of one another."]),
    architectures: [ShuffleNetV2.self])
}
