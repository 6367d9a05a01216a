extension MNASNet {
  static let family = Family(
    "mnasnet",
    about: About(
      "MnasNet",
      idea:
        "A search finds the network: it proposes one, trains it briefly, measures its latency on a phone and is "
        + "rewarded for accuracy at that latency. Layers are searched in blocks of equal ones, so that blocks may differ "
        + "in kernel, expansion and depth. It prefers 5×5 depthwise convolutions in some blocks and small expansions "
        + "where feature maps are large.",
      change:
        "Over MobileNetV2: the same inverted residuals, but kernels of 3 or 5 and expansions of 3 or 6 chosen block "
        + "by block by measured latency, where MobileNetV2 has 3×3 and 6 everywhere.",
      remarks: [
        "The network is B1 of the authors' code; the paper's A1 has squeeze-and-excitation in three of its blocks.",
        "torchvision's batch norms average over 3,333 steps (momentum 0.0003), as TensorFlow's 0.9997 does.",
      ]),
    architectures: [MNASNet.self])
}
