extension WideResNet {
  static let paper = Paper(
    authors: "Sergey Zagoruyko, Nikos Komodakis", title: "Wide Residual Networks", venue: "BMVC 2016",
    arXiv: "1605.07146")

  /// torchvision's networks with k = 2.
  package static let entries: [ModelEntry] = [
    .init(
      "wide_resnet50_2", WideResNet(blocks: [3, 4, 6, 3], width: 2), input: .imageNet(224),
      expect: .torchvision(parameters: 68_883_240, macs: 11_398_021_120), paper: paper,
      weights: [
        .torchvision(
          "Wide_ResNet50_2_Weights.IMAGENET1K_V2", "wide_resnet50_2-9ba9bcbe.pth", mebibytes: 263.124,
          top1: 81.602, top5: 95.758, resize: 232),
        .torchvision(
          "Wide_ResNet50_2_Weights.IMAGENET1K_V1", "wide_resnet50_2-95faca4d.pth", mebibytes: 131.82,
          top1: 78.468, top5: 94.086),
      ],
      accuracy: [
        .init("ImageNet top-1", 78.1, source: "wide-residual-networks, README"),
        .init("ImageNet top-5", 94.21, source: "wide-residual-networks, README"),
      ]),
    .init(
      "wide_resnet101_2", WideResNet(blocks: [3, 4, 23, 3], width: 2), input: .imageNet(224),
      expect: .torchvision(parameters: 126_886_696, macs: 22_753_050_624), paper: paper,
      weights: [
        .torchvision(
          "Wide_ResNet101_2_Weights.IMAGENET1K_V2", "wide_resnet101_2-d733dc28.pth", mebibytes: 484.747,
          top1: 82.51, top5: 96.02, resize: 232),
        .torchvision(
          "Wide_ResNet101_2_Weights.IMAGENET1K_V1", "wide_resnet101_2-32ee1156.pth", mebibytes: 242.896,
          top1: 78.848, top5: 94.284),
      ]),
  ]
}

extension WideResNetCIFAR {
  private static let arithmetic = "layer arithmetic of the authors' wide-resnet.lua"

  /// WRN-d-k of the paper's tables 4 and 5.
  package static let entries: [ModelEntry] = [
    .init(
      "wide_resnet16_4_cifar", WideResNetCIFAR(n: 2, width: 4, dropout: 0), input: .cifar,
      classes: 10, expect: .init(parameters: 2_748_890, macs: 392_612_352, source: arithmetic),
      paper: WideResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 94.98, source: "cifar-vs-tensorflow2, README")]),
    .init(
      "wide_resnet16_8_cifar", WideResNetCIFAR(n: 2, width: 8, dropout: 0), input: .cifar,
      classes: 10, expect: .init(parameters: 10_961_370, macs: 1_548_145_664, source: arithmetic),
      paper: WideResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 95.73, source: "cifar-vs-tensorflow2, README")]),
    .init(
      "wide_resnet28_10_cifar", WideResNetCIFAR(n: 4, width: 10, dropout: 0), input: .cifar,
      classes: 10, expect: .init(parameters: 36_479_194, macs: 5_243_328_768, source: arithmetic),
      paper: WideResNet.paper,
      accuracy: [
        .init("CIFAR-10 top-1", 96.00, source: "wide-residual-networks, README"),
        .init("CIFAR-100 top-1", 80.75, source: "wide-residual-networks, README"),
        .init("CIFAR-10 top-1, dropout 0.3", 96.11, source: "wide-residual-networks, README"),
        .init("CIFAR-100 top-1, dropout 0.3", 81.15, source: "wide-residual-networks, README"),
      ]),
    .init(
      "wide_resnet40_4_cifar", WideResNetCIFAR(n: 6, width: 4, dropout: 0), input: .cifar,
      classes: 10, expect: .init(parameters: 8_949_210, macs: 1_298_582_016, source: arithmetic),
      paper: WideResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 95.47, source: "cifar-vs-tensorflow2, README")]),
  ]
}
