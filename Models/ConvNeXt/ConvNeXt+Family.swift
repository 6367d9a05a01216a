extension ConvNeXt {
  static let family = Family(
    "convnext",
    about: About(
      "ConvNeXt",
      idea:
        "A ResNet-50 is turned, step by step, into what a vision transformer computes, but without "
        + "attention; training it like a transformer is the first step and raises it from 76.1 to 78.8 %. "
        + "Then come stages of 3, 3, 9 and 3 blocks, a stem of 4×4 patches, depthwise 7×7 convolutions to "
        + "mix pixels, and inverted bottlenecks with one GELU and one layer norm each. At 82.1 % it is more "
        + "accurate than a Swin transformer of the same size.",
      change:
        "Over ResNet: a depthwise 7×7 at the start of each block, a bottleneck that widens by four, layer "
        + "norm for batch norm, GELU for ReLU, one of each per block, and separate layers for downsampling.",
      remarks: [
        "A learned factor per channel, which starts at 10⁻⁶, scales each residual (layer scale); for "
          + "inference it can be folded into the layer before it.",
        "torchvision's weights are its own, trained with its own recipe; they are not the authors'.",
      ]),
    architectures: [ConvNeXt.self])
}
