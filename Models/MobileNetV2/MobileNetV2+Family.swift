extension MobileNetV2 {
  static let family = Family(
    "mobilenet_v2",
    about: About(
      "MobileNetV2",
      idea:
        "A block expands a few channels to six times as many, filters them with a depthwise 3×3, and "
        + "projects them back to a few. Shortcuts connect the narrow ends, which inverts ResNet's "
        + "bottleneck, where they connect the wide ones. The projection has no activation, because a ReLU "
        + "on so few channels would destroy information.",
      change:
        "Over MobileNet: a 1×1 expansion before each depthwise convolution, a linear projection after it, "
        + "and shortcuts; 1.4 % more accurate with half the MACs.",
      remarks: [
        "The first block does not expand its input, so it has no first 1×1 convolution.",
        "Channel counts are rounded to multiples of 8, but never down by more than a tenth.",
      ]),
    architectures: [MobileNetV2.self])
}
