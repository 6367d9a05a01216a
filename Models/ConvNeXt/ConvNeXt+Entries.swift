extension ConvNeXt {
  private static let paper = Paper(
    authors: "Zhuang Liu, Hanzi Mao, Chao-Yuan Wu, Christoph Feichtenhofer, Trevor Darrell, Saining Xie",
    title: "A ConvNet for the 2020s", venue: "CVPR 2022", arXiv: "2201.03545")

  /// Section 3 of the paper; in the order of their names.
  package static let entries: [ModelEntry] = [
    .init(
      "convnext_base", ConvNeXt(blocks: [3, 3, 27, 3], width: 128, dropRate: 0.5),
      input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 88_591_464, macs: 15_354_729_472), paper: paper,
      weights: [
        .torchvision(
          "ConvNeXt_Base_Weights.IMAGENET1K_V1", "convnext_base-6075fbad.pth", mebibytes: 338.064,
          top1: 84.062, top5: 96.87, resize: 232)
      ],
      accuracy: [.init("ImageNet top-1", 83.8, source: "the paper, table 1")]),
    .init(
      "convnext_large", ConvNeXt(blocks: [3, 3, 27, 3], width: 192, dropRate: 0.5),
      input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 197_767_336, macs: 34_361_433_600), paper: paper,
      weights: [
        .torchvision(
          "ConvNeXt_Large_Weights.IMAGENET1K_V1", "convnext_large-ea097f82.pth", mebibytes: 754.537,
          top1: 84.414, top5: 96.976, resize: 232)
      ],
      accuracy: [.init("ImageNet top-1", 84.3, source: "the paper, table 1")]),
    .init(
      "convnext_small", ConvNeXt(blocks: [3, 3, 27, 3], width: 96, dropRate: 0.4),
      input: .imageNet(224, resize: 230),
      expect: .torchvision(parameters: 50_223_688, macs: 8_683_712_256), paper: paper,
      weights: [
        .torchvision(
          "ConvNeXt_Small_Weights.IMAGENET1K_V1", "convnext_small-0c510722.pth", mebibytes: 191.703,
          top1: 83.616, top5: 96.65, resize: 230)
      ],
      accuracy: [.init("ImageNet top-1", 83.1, source: "the paper, table 1")]),
    .init(
      "convnext_tiny", ConvNeXt(blocks: [3, 3, 9, 3], width: 96, dropRate: 0.1),
      input: .imageNet(224, resize: 236),
      expect: .torchvision(parameters: 28_589_128, macs: 4_455_531_264), paper: paper,
      weights: [
        .torchvision(
          "ConvNeXt_Tiny_Weights.IMAGENET1K_V1", "convnext_tiny-983f1562.pth", mebibytes: 109.119,
          top1: 82.52, top5: 96.146, resize: 236)
      ],
      accuracy: [.init("ImageNet top-1", 82.1, source: "the paper, table 1")]),
  ]
}
