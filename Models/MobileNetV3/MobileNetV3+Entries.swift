extension MobileNetV3 {
  private static let paper = Paper(
    authors:
      "Andrew Howard, Mark Sandler, Grace Chu, Liang-Chieh Chen, Bo Chen, Mingxing Tan, Weijun Wang, Yukun Zhu, "
      + "Ruoming Pang, Vijay Vasudevan, Quoc V. Le, Hartwig Adam",
    title: "Searching for MobileNetV3", venue: "ICCV 2019", arXiv: "1905.02244")

  /// Tables 1 and 2 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "mobilenet_v3_large", MobileNetV3(size: .large), input: .imageNet(224),
      expect: .torchvision(parameters: 5_483_032, macs: 216_589_760), paper: paper,
      weights: [
        .torchvision(
          "MobileNet_V3_Large_Weights.IMAGENET1K_V2", "mobilenet_v3_large-5c1a4163.pth", mebibytes: 21.107,
          top1: 75.274, top5: 92.566, resize: 232),
        .torchvision(
          "MobileNet_V3_Large_Weights.IMAGENET1K_V1", "mobilenet_v3_large-8738ca79.pth", mebibytes: 21.114,
          top1: 74.042, top5: 91.34),
      ],
      accuracy: [.init("ImageNet top-1", 75.2, source: "the paper, table 3")]),
    .init(
      "mobilenet_v3_small", MobileNetV3(size: .small), input: .imageNet(224),
      expect: .torchvision(parameters: 2_542_856, macs: 56_510_400), paper: paper,
      weights: [
        .torchvision(
          "MobileNet_V3_Small_Weights.IMAGENET1K_V1", "mobilenet_v3_small-047dcff4.pth", mebibytes: 9.829,
          top1: 67.668, top5: 87.402)
      ],
      accuracy: [.init("ImageNet top-1", 67.4, source: "the paper, table 3")]),
  ]
}
