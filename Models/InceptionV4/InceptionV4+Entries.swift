extension InceptionV4 {
  static let paper = Paper(
    authors: "Christian Szegedy, Sergey Ioffe, Vincent Vanhoucke, Alexander A. Alemi",
    title: "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
    venue: "AAAI 2017", arXiv: "1602.07261")

  /// Figure 9 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "inception_v4", InceptionV4(), input: .init(.inception(299, resize: 341)),
      expect: .timm(parameters: 42_679_816, macs: 12_253_974_624), paper: paper,
      weights: [
        .timm(
          "inception_v4.tf_in1k", top1: 80.156, top5: 94.968, preprocessing: .inception(299, resize: 341))
      ],
      accuracy: .imageNet(top1: 80.0, top5: 95.0, source: "the paper, table 2"))
  ]
}
