extension MobileNetV3 {
  static let family = Family(
    "mobilenet_v3",
    about: About(
      "MobileNetV3",
      idea:
        "Two networks that a search found for phones and that people then refined. The search picks "
        + "kernel sizes, expansions and the blocks that get squeeze-and-excitation; a second algorithm, "
        + "NetAdapt, trims layers until the latency target is met. By hand, the last expensive layer moved "
        + "behind the average pool, where it costs next to nothing, and swish was replaced by a piecewise "
        + "linear approximation.",
      change:
        "Over MobileNetV2: kernel sizes and expansions chosen block by block, squeeze-and-excitation with "
        + "a hard sigmoid, hard swish in the deeper half, 16 instead of 32 channels in the first "
        + "convolution, and the last 1×1 after pooling.",
      remarks: [
        "Squeeze-and-excitation squeezes to a quarter of the expanded channels; EfficientNet squeezes to "
          + "a quarter of the block's input."
      ]),
    architectures: [MobileNetV3.self])
}
