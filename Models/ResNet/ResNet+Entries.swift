extension ResNet {
  private static let paper = Paper(
    authors: "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    title: "Deep Residual Learning for Image Recognition", venue: "CVPR 2016", arXiv: "1512.03385")

  /// Table 1 of the paper.
  ///
  /// Counts: torchvision's models, and for V1 the paper's own stride.
  package static let entries: [ModelEntry] = [
    .init(
      "resnet18", ResNet(block: .basic, blocks: [2, 2, 2, 2]), input: .imageNet(224),
      expect: .init(parameters: 11_689_512, macs: 1_814_073_344), paper: paper),
    .init(
      "resnet34", ResNet(block: .basic, blocks: [3, 4, 6, 3]), input: .imageNet(224),
      expect: .init(parameters: 21_797_672, macs: 3_663_761_408), paper: paper),
    .init(
      "resnet50", ResNet(block: .bottleneck(stridesFirst: false), blocks: [3, 4, 6, 3]),
      input: .imageNet(224),
      expect: .init(parameters: 25_557_032, macs: 4_089_184_256), paper: paper),
    .init(
      "resnet101", ResNet(block: .bottleneck(stridesFirst: false), blocks: [3, 4, 23, 3]),
      input: .imageNet(224),
      expect: .init(parameters: 44_549_160, macs: 7_801_405_440), paper: paper),
    .init(
      "resnet152", ResNet(block: .bottleneck(stridesFirst: false), blocks: [3, 8, 36, 3]),
      input: .imageNet(224),
      expect: .init(parameters: 60_192_808, macs: 11_513_626_624), paper: paper),
  ]
}
