extension MobileNetV2 {
  private static let paper = Paper(
    authors: "Mark Sandler, Andrew Howard, Menglong Zhu, Andrey Zhmoginov, Liang-Chieh Chen",
    title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks", venue: "CVPR 2018", arXiv: "1801.04381")

  /// Table 2 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "mobilenet_v2", MobileNetV2(), input: .imageNet(224),
      expect: .torchvision(parameters: 3_504_872, macs: 300_774_272), paper: paper,
      weights: [
        .torchvision(
          "MobileNet_V2_Weights.IMAGENET1K_V2", "mobilenet_v2-7ebf99e0.pth", mebibytes: 13.598, top1: 72.154,
          top5: 90.822, resize: 232),
        .torchvision(
          "MobileNet_V2_Weights.IMAGENET1K_V1", "mobilenet_v2-b0353104.pth", mebibytes: 13.555, top1: 71.878,
          top5: 90.286),
      ],
      accuracy: [.init("ImageNet top-1", 72.0, source: "the paper, table 4")])
  ]
}
