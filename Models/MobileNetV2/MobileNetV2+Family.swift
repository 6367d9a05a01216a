extension MobileNetV2 {
  static let family = Family(
    "mobilenet_v2",
    about: About(
      "MobileNetV2",
      idea:
        "A block goes from few channels to six times as many, convolves each of them on its own, and returns to few; the "
        + "shortcut connects the few. This inverts ResNet's bottleneck, whose shortcuts connect the wide ends. The return has "
        + "no activation, since a ReLU among few channels would destroy what they carry.",
      change:
        "Over MobileNet: a 1×1 in front of each depthwise convolution, no activation behind the last 1×1 of a block, and "
        + "shortcuts; 1.4 % more accurate with half the MACs.",
      remarks: [
        "The first block does not expand, and so has no first 1×1.",
        "Channels are rounded to multiples of 8, never down by more than a tenth.",
      ]),
    architectures: [MobileNetV2.self])
}
