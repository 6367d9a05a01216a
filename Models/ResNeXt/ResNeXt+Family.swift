extension ResNeXt {
  static let family = Family(
    "resnext",
    about: About(
      "ResNeXt",
      idea:
        "A block splits into many narrow paths of the same shape whose results are added: their number, the "
        + "cardinality, is a third dimension beside depth and width. Together the paths are one grouped "
        + "convolution. For the same parameters and MACs, more paths are more accurate than more layers or "
        + "wider ones.",
      change:
        "Over ResNet: the 3×3 of a bottleneck becomes grouped and twice as wide, at equal cost; over the "
        + "Inceptions: all branches alike, with two numbers to choose instead of a dozen.",
      remarks: [
        "The paper's 68.1 million parameters for ResNeXt-29 16x64d are truncated from 68,155,210.",
        "CIFAR checkpoints of prlz77/ResNeXt.pytorch and bearpaw/pytorch-classification load with the names they "
          + "have.",
      ]),
    architectures: [ResNeXt.self, ResNeXtCIFAR.self], renames: repositoryNames)
}
