extension MNASNet {
  static let family = Family(
    "mnasnet",
    about: About(
      "MnasNet",
      idea:
        "The architecture comes from a search: a controller proposes a network, trains it briefly, "
        + "measures its latency on a phone, and is rewarded for accuracy at that latency. The search space "
        + "is factorized into blocks of identical layers, so blocks can differ from each other in kernel "
        + "size, expansion and depth. The result uses 5×5 depthwise convolutions in some blocks and small "
        + "expansions where feature maps are large.",
      change:
        "Over MobileNetV2: the same inverted residuals, but with kernels of 3 or 5 and expansions of 3 or "
        + "6, chosen block by block from measured latency; MobileNetV2 uses 3×3 kernels and, but for the "
        + "first block, an expansion of 6.",
      remarks: [
        "This is MnasNet-B1 of the authors' code; the paper's MnasNet-A1 has squeeze-and-excitation in "
          + "some of its blocks.",
        "torchvision's batch norms average slowly, over about 3,333 steps (momentum 0.0003), to match "
          + "TensorFlow's decay of 0.9997.",
      ]),
    architectures: [MNASNet.self])
}
