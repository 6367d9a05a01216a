extension MobileNetV1 {
  static let family = Family(
    "mobilenet_v1",
    about: About(
      "MobileNet",
      idea:
        "Each 3×3 convolution becomes two layers: a depthwise 3×3 that filters every channel on its own, "
        + "and a 1×1 that mixes the channels. That takes eight to nine times fewer multiplications and "
        + "costs about one percent of accuracy. A width multiplier and the image size trade accuracy for "
        + "speed in small steps.",
      change:
        "Over VGG: the same plain stack of layers, but with depthwise separable convolutions, strides "
        + "instead of pooling, batch norm, and a global average pool in place of the hidden fully connected "
        + "layers. It comes within one percent of VGG-16 with a 27th of the MACs.",
      remarks: [
        "95 % of the MACs and 75 % of the parameters are in the 1×1 convolutions."
      ]),
    architectures: [MobileNetV1.self])
}
