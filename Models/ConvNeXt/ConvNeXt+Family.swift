extension ConvNeXt {
  static let family = Family(
    "convnext",
    about: About(
      "ConvNeXt",
      idea:
        "A ResNet-50 is changed step by step into what a vision transformer does, without attention: trained as one, it "
        + "gains most already. Then stages of 3, 3, 9, 3 blocks, a stem of 4×4 patches, depthwise 7×7 convolutions as the only "
        + "mixing of pixels, and inverted bottlenecks with one GELU and one layer norm. The result is as accurate as a Swin "
        + "transformer of the same size.",
      change:
        "Over ResNet: depthwise 7×7 first in a block, widths inverted, layer norm for batch norm, GELU for ReLU, one of each "
        + "per block, and downsampling in layers of its own.",
      remarks: [
        "A learned factor per channel, first 10⁻⁶, scales each residual; it can be folded into the layer before.",
        "torchvision's weights are its own, trained with its recipe, not the authors'.",
      ]),
    architectures: [ConvNeXt.self])
}
