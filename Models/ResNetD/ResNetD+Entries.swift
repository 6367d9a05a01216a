import TensorCore

extension ResNetD {
  private static let paper = Paper(
    authors: "Tong He, Zhi Zhang, Hang Zhang, Zhongyue Zhang, Junyuan Xie, Mu Li",
    title: "Bag of Tricks for Image Classification with Convolutional Neural Networks", venue: "CVPR 2019",
    arXiv: "1812.01187")

  /// Table 5 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "resnet50d", ResNetD(blocks: [3, 4, 6, 3]),
      input: .init(.imageNet(224, resize: 256, interpolation: .bicubic)),
      expect: .timm(parameters: 25_576_264, macs: 4_328_824_832), paper: paper,
      weights: [
        .timm(
          "resnet50d.gluon_in1k",
          "https://github.com/rwightman/pytorch-pretrained-gluonresnet/releases/download/v0.1/gluon_resnet50_v1d-818a1b1b.pth",
          top1: 79.078, top5: 94.468,
          preprocessing: .imageNet(224, resize: 256, interpolation: .bicubic))
      ],
      accuracy: .imageNet(
        top1: 77.16, top5: 93.52, source: "the paper, table 5: the architecture without the other tricks"))
  ]
}
