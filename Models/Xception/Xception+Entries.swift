extension Xception {
  private static let paper = Paper(
    authors: "François Chollet", title: "Xception: Deep Learning with Depthwise Separable Convolutions",
    venue: "CVPR 2017", arXiv: "1610.02357")

  /// Figure 5 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "legacy_xception", Xception(), input: .init(.inception(299, resize: 333)),
      expect: .timm(parameters: 22_855_952, macs: 8_357_403_496), paper: paper,
      weights: [
        .timm(
          "legacy_xception.tf_in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/xception-43020ad28.pth",
          top1: 79.04, top5: 94.382,
          preprocessing: .inception(299, resize: 333))
      ],
      accuracy: .imageNet(top1: 79.0, top5: 94.5, source: "the paper, table 1"))
  ]
}
