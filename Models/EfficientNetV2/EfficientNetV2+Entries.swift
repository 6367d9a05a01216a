extension EfficientNetV2 {
  private static let paper = Paper(
    authors: "Mingxing Tan, Quoc V. Le", title: "EfficientNetV2: Smaller Models and Faster Training",
    venue: "ICML 2021", arXiv: "2104.00298")

  /// Table 7 of the paper; L, M and S in the order of their names.
  package static let entries: [ModelEntry] = [
    .init(
      "efficientnet_v2_l", EfficientNetV2(size: .large, dropout: 0.4),
      input: .init(.inception(480, resize: 480)),
      expect: .torchvision(parameters: 118_515_272, macs: 56_079_699_008), paper: paper,
      weights: [
        .torchvision(
          "EfficientNet_V2_L_Weights.IMAGENET1K_V1", "efficientnet_v2_l-59c71312.pth", mebibytes: 454.573,
          top1: 85.808, top5: 97.788, preprocessing: .inception(480, resize: 480))
      ],
      accuracy: [.init("ImageNet top-1", 85.7, source: "the paper, table 7")]),
    .init(
      "efficientnet_v2_m", EfficientNetV2(size: .medium, dropout: 0.3), input: .imageNet(480, resize: 480),
      expect: .torchvision(parameters: 54_139_356, macs: 24_582_460_384), paper: paper,
      weights: [
        .torchvision(
          "EfficientNet_V2_M_Weights.IMAGENET1K_V1", "efficientnet_v2_m-dc08266a.pth", mebibytes: 208.01,
          top1: 85.112, top5: 97.156, crop: 480, resize: 480)
      ],
      accuracy: [.init("ImageNet top-1", 85.1, source: "the paper, table 7")]),
    .init(
      "efficientnet_v2_s", EfficientNetV2(size: .small, dropout: 0.2), input: .imageNet(384, resize: 384),
      expect: .torchvision(parameters: 21_458_488, macs: 8_365_617_152), paper: paper,
      weights: [
        .torchvision(
          "EfficientNet_V2_S_Weights.IMAGENET1K_V1", "efficientnet_v2_s-dd5fe13b.pth", mebibytes: 82.704,
          top1: 84.228, top5: 96.878, crop: 384, resize: 384)
      ],
      accuracy: [.init("ImageNet top-1", 83.9, source: "the paper, table 7")]),
  ]
}
