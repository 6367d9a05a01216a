extension ResNeXt {
  static let family = Family(
    "resnext",
    about: About(
      "ResNeXt",
      idea:
        "A block splits into many equal narrow paths whose results are added: the number of paths, the "
        + "cardinality, is a third dimension beside depth and width. All paths together are one grouped "
        + "convolution. At equal parameters and arithmetic more paths are more accurate than more layers or "
        + "wider ones.",
      change:
        "Over ResNet: the 3×3 of a bottleneck becomes a grouped one and twice as wide, at equal cost; over "
        + "the Inceptions: all branches alike, with two numbers to choose in place of a dozen.",
      remarks: [
        "The paper's 68.1 million for ResNeXt-29 16x64d is truncated from 68,155,210."
      ]),
    architectures: [ResNeXt.self, ResNeXtCIFAR.self])
}
