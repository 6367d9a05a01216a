import TensorCore

extension SENet {
  static let paper = Paper(
    authors: "Jie Hu, Li Shen, Samuel Albanie, Gang Sun, Enhua Wu", title: "Squeeze-and-Excitation Networks",
    venue: "CVPR 2018", arXiv: "1709.01507")

  private static let images = ImagePreprocessing.imageNet(224, resize: 256)
  private static let bicubic = ImagePreprocessing.imageNet(224, resize: 256, interpolation: .bicubic)

  /// Tables 2 and 8 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "legacy_senet154", SENet(block: .wide, blocks: [3, 8, 36, 3], dropout: 0.2), input: .init(images),
      expect: .timm(parameters: 115_088_984, macs: 20_688_363_520), paper: paper,
      weights: [
        .timm(
          "legacy_senet154.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/legacy_senet154-e9eb9fe6.pth",
          top1: 81.308, top5: 95.492,
          preprocessing: images)
      ],
      accuracy: .imageNet(top1: 81.32, top5: 95.53, source: "the paper, table 8"),
      remarks: ["ResNet-152's depth with ResNeXt's groups; it won the last ILSVRC, in 2017."]),
    .init(
      "legacy_seresnet18", SENet(block: .basic, blocks: [2, 2, 2, 2]), input: .init(bicubic),
      expect: .timm(parameters: 11_778_592, macs: 1_814_160_384), paper: paper,
      weights: [
        .timm(
          "legacy_seresnet18.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/seresnet18-4bb0ce65.pth",
          top1: 71.766, top5: 90.332,
          preprocessing: bicubic)
      ]),
    .init(
      "legacy_seresnet50", SENet(block: .bottleneck, blocks: [3, 4, 6, 3]), input: .init(images),
      expect: .timm(parameters: 28_088_024, macs: 3_860_488_192), paper: paper,
      weights: [
        .timm(
          "legacy_seresnet50.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-cadene/se_resnet50-ce0d4300.pth",
          top1: 77.644, top5: 93.758,
          preprocessing: images)
      ],
      accuracy: .imageNet(top1: 76.71, top5: 93.38, source: "the paper, table 2")),
    .init(
      "legacy_seresnext50_32x4d", SENet(block: .grouped, blocks: [3, 4, 6, 3]), input: .init(images),
      expect: .timm(parameters: 27_559_896, macs: 4_232_994_816), paper: paper,
      weights: [
        .timm(
          "legacy_seresnext50_32x4d.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/legacy_se_resnext50_32x4d-f3651bad.pth",
          top1: 79.076,
          top5: 94.432, preprocessing: images)
      ],
      accuracy: .imageNet(top1: 78.90, top5: 94.51, source: "the paper, table 2")),
  ]
}

extension SEResNet {
  private static let wideCrop = ImagePreprocessing.imageNet(224, resize: 235, interpolation: .bicubic)
  private static let bicubic = ImagePreprocessing.imageNet(224, resize: 256, interpolation: .bicubic)

  /// timm's, with the depths of ResNet's table 1.
  package static let entries: [ModelEntry] = [
    .init(
      "seresnet50", SEResNet(blocks: [3, 4, 6, 3]), input: .init(wideCrop),
      expect: .timm(parameters: 28_088_024, macs: 4_091_699_200), paper: SENet.paper,
      weights: [
        .init(
          source: "timm seresnet50.a1_in1k",
          address:
            "https://github.com/huggingface/pytorch-image-models/releases/download/v0.1-rsb-weights/seresnet50_a1_0-ffa00869.pth",
          preprocessing: wideCrop)
      ],
      accuracy: .imageNet(top1: 81.102, top5: 95.12, source: "timm seresnet50.a1_in1k, at 288×288")),
    .init(
      "seresnext50_32x4d", SEResNet(blocks: [3, 4, 6, 3], cardinality: 32, baseWidth: 4),
      input: .init(bicubic), expect: .timm(parameters: 27_559_896, macs: 4_232_994_816), paper: SENet.paper,
      weights: [
        .timm(
          "seresnext50_32x4d.gluon_in1k",
          "https://github.com/rwightman/pytorch-pretrained-gluonresnet/releases/download/v0.1/gluon_seresnext50_32x4d-90cf2d6e.pth",
          top1: 79.91, top5: 94.824,
          preprocessing: bicubic)
      ]),
  ]
}

extension SEResNetCIFAR {
  /// Tables 4 and 5 of the journal version.
  package static let entries: [ModelEntry] = [
    .init(
      "seresnet164_cifar", SEResNetCIFAR(n: 18), input: .cifar, classes: 10,
      expect: .init(
        parameters: 1_905_362, macs: 244_694_528, source: "pre-activation ResNet-164's layers, with r = 16"),
      paper: SENet.paper,
      accuracy: [
        .init("CIFAR-10 top-1", 95.61, source: "the journal version, table 4"),
        .init("CIFAR-100 top-1", 78.69, source: "the journal version, table 5"),
      ])
  ]
}
