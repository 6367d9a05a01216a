extension SqueezeNet {
  static let family = Family(
    "squeezenet",
    about: About(
      "SqueezeNet",
      idea:
        "A fire module squeezes its input to a few channels with 1×1 convolutions, then expands it with "
        + "1×1 and 3×3 convolutions side by side. Most weights are thus in 1×1 convolutions, and the 3×3 "
        + "ones read few channels. Pools come late, so that most layers see large feature maps, and a "
        + "global average pool replaces the fully connected layers.",
      change:
        "Over AlexNet: the same accuracy with a fiftieth of the parameters, 1.2 million instead of 61 million; fire "
        + "modules instead of large kernels and no fully connected layer.",
      remarks: [
        "The 0.5 MB in the title are after Deep Compression; in float32 the weights take 4.8 MB.",
        "A ReLU follows the last convolution, in the authors' code as in torchvision: logits are never negative.",
      ]),
    architectures: [SqueezeNet.self])
}
