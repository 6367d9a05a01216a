extension ShuffleNetV2 {
  private static let paper = Paper(
    authors: "Ningning Ma, Xiangyu Zhang, Hai-Tao Zheng, Jian Sun",
    title: "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", venue: "ECCV 2018",
    arXiv: "1807.11164")

  /// Table 5 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "shufflenet_v2_x0_5", ShuffleNetV2(channels: [48, 96, 192]), input: .imageNet(224),
      expect: .torchvision(parameters: 1_366_792, macs: 40_476_448), paper: paper,
      weights: [
        .torchvision(
          "ShuffleNet_V2_X0_5_Weights.IMAGENET1K_V1", "shufflenetv2_x0.5-f707e7126e.pth", mebibytes: 5.282,
          top1: 60.552, top5: 81.746)
      ],
      accuracy: [.init("ImageNet top-1", 60.3, source: "the paper, table 8")]),
    .init(
      "shufflenet_v2_x1_0", ShuffleNetV2(channels: [116, 232, 464]), input: .imageNet(224),
      expect: .torchvision(parameters: 2_278_604, macs: 144_907_992), paper: paper,
      weights: [
        .torchvision(
          "ShuffleNet_V2_X1_0_Weights.IMAGENET1K_V1", "shufflenetv2_x1-5666bf0f80.pth", mebibytes: 8.791,
          top1: 69.362, top5: 88.316)
      ],
      accuracy: [.init("ImageNet top-1", 69.4, source: "the paper, table 8")]),
    .init(
      "shufflenet_v2_x1_5", ShuffleNetV2(channels: [176, 352, 704]), input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 3_503_624, macs: 295_759_392), paper: paper,
      weights: [
        .torchvision(
          "ShuffleNet_V2_X1_5_Weights.IMAGENET1K_V1", "shufflenetv2_x1_5-3c479a10.pth", mebibytes: 13.557,
          top1: 72.996, top5: 91.086, resize: 232)
      ],
      accuracy: [.init("ImageNet top-1", 72.6, source: "the paper, table 8")]),
    .init(
      "shufflenet_v2_x2_0", ShuffleNetV2(channels: [244, 488, 976], lastChannels: 2048),
      input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 7_393_996, macs: 583_253_464), paper: paper,
      weights: [
        .torchvision(
          "ShuffleNet_V2_X2_0_Weights.IMAGENET1K_V1", "shufflenetv2_x2_0-8be3c8ee.pth", mebibytes: 28.433,
          top1: 76.23, top5: 93.006, resize: 232)
      ],
      accuracy: [.init("ImageNet top-1", 74.9, source: "the paper, table 8")]),
  ]
}
