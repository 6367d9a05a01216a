extension MobileNetV3 {
  static let family = Family(
    "mobilenet_v3",
    about: About(
      "MobileNetV3",
      idea:
        "Two networks found by search for a phone, then improved by hand. The search chooses kernels, expansions and where "
        + "squeeze-and-excitation pays; a second one trims layers until latency fits. By hand, the last stage moved behind "
        + "the average pool, where it costs hardly anything, and the swish became piecewise linear.",
      change:
        "Over MobileNetV2: kernels and expansions chosen row by row, squeeze-and-excitation with a hard sigmoid, hard swish "
        + "in the second half, half as many channels in the first convolution, and the last 1×1 behind the pool.",
      remarks: [
        "Squeezed channels are a quarter of the expanded ones, where EfficientNet takes a quarter of the input's."
      ]),
    architectures: [MobileNetV3.self])
}
