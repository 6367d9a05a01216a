extension MobileNetV1 {
  static let family = Family(
    "mobilenet_v1",
    about: About(
      "MobileNet",
      idea:
        "Every 3×3 convolution is split in two: a depthwise 3×3 looks at the neighbors in each channel by itself, and a 1×1 "
        + "mixes the channels. That costs an eighth to a ninth of the multiplications for about one percent of accuracy. "
        + "A width multiplier and the size of the image trade accuracy for speed in fine steps.",
      change:
        "Over VGG: the same plain stack of layers, but each 3×3 as a depthwise and a 1×1, strides instead of pools, batch "
        + "norm, and no fully connected layers; a thirtieth of the MACs at VGG-16's accuracy.",
      remarks: ["95 % of the MACs and 75 % of the parameters are in the 1×1 convolutions."]),
    architectures: [MobileNetV1.self])
}
