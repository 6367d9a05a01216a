extension ResNet {
  static let paper = Paper(
    authors: "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    title: "Deep Residual Learning for Image Recognition", venue: "CVPR 2016", arXiv: "1512.03385")

  private static let strideRemark =
    "The stride is on the first 1×1 of a bottleneck, as in the paper. Weights trained with torchvision's stride "
    + "load without complaint, since names and shapes agree, but give poor predictions here."

  /// Table 1 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "resnet18", ResNet(block: .basic, blocks: [2, 2, 2, 2]),
      input: .imageNet(224), expect: .torchvision(parameters: 11_689_512, macs: 1_814_073_344),
      paper: paper,
      weights: [
        .torchvision(
          "ResNet18_Weights.IMAGENET1K_V1", "resnet18-f37072fd.pth", mebibytes: 44.661,
          top1: 69.758, top5: 89.078)
      ]),
    .init(
      "resnet34", ResNet(block: .basic, blocks: [3, 4, 6, 3]),
      input: .imageNet(224), expect: .torchvision(parameters: 21_797_672, macs: 3_663_761_408),
      paper: paper,
      weights: [
        .torchvision(
          "ResNet34_Weights.IMAGENET1K_V1", "resnet34-b627a593.pth", mebibytes: 83.275,
          top1: 73.314, top5: 91.42)
      ]),
    .init(
      "resnet50", ResNet(block: .bottleneck(stridesFirst: false), blocks: [3, 4, 6, 3]),
      input: .imageNet(224), expect: .torchvision(parameters: 25_557_032, macs: 4_089_184_256),
      paper: paper,
      weights: [
        .torchvision(
          "ResNet50_Weights.IMAGENET1K_V2", "resnet50-11ad3fa6.pth", mebibytes: 97.79,
          top1: 80.858, top5: 95.434, resize: 232),
        .torchvision(
          "ResNet50_Weights.IMAGENET1K_V1", "resnet50-0676ba61.pth", mebibytes: 97.781,
          top1: 76.13, top5: 92.862),
      ],
      twins: ["resnet50_v1"]),
    .init(
      "resnet50_v1", ResNet(block: .bottleneck(stridesFirst: true), blocks: [3, 4, 6, 3]),
      input: .imageNet(224),
      expect: .init(
        parameters: 25_557_032, macs: 3_857_973_248,
        source: "torchvision's parameters; MACs by layer arithmetic with the paper's stride"),
      paper: paper,
      remarks: [strideRemark], twins: ["resnet50"]),
    .init(
      "resnet101", ResNet(block: .bottleneck(stridesFirst: false), blocks: [3, 4, 23, 3]),
      input: .imageNet(224), expect: .torchvision(parameters: 44_549_160, macs: 7_801_405_440),
      paper: paper,
      weights: [
        .torchvision(
          "ResNet101_Weights.IMAGENET1K_V2", "resnet101-cd907fc2.pth", mebibytes: 170.53,
          top1: 81.886, top5: 95.78, resize: 232),
        .torchvision(
          "ResNet101_Weights.IMAGENET1K_V1", "resnet101-63fe2227.pth", mebibytes: 170.511,
          top1: 77.374, top5: 93.546),
      ],
      twins: ["resnet101_v1"]),
    .init(
      "resnet101_v1", ResNet(block: .bottleneck(stridesFirst: true), blocks: [3, 4, 23, 3]),
      input: .imageNet(224),
      expect: .init(
        parameters: 44_549_160, macs: 7_570_194_432,
        source: "torchvision's parameters; MACs by layer arithmetic with the paper's stride"),
      paper: paper,
      remarks: [strideRemark], twins: ["resnet101"]),
    .init(
      "resnet152", ResNet(block: .bottleneck(stridesFirst: false), blocks: [3, 8, 36, 3]),
      input: .imageNet(224), expect: .torchvision(parameters: 60_192_808, macs: 11_513_626_624),
      paper: paper,
      weights: [
        .torchvision(
          "ResNet152_Weights.IMAGENET1K_V2", "resnet152-f82ba261.pth", mebibytes: 230.474,
          top1: 82.284, top5: 96.002, resize: 232),
        .torchvision(
          "ResNet152_Weights.IMAGENET1K_V1", "resnet152-394f9c45.pth", mebibytes: 230.434,
          top1: 78.312, top5: 94.046),
      ],
      twins: ["resnet152_v1"]),
    .init(
      "resnet152_v1", ResNet(block: .bottleneck(stridesFirst: true), blocks: [3, 8, 36, 3]),
      input: .imageNet(224),
      expect: .init(
        parameters: 60_192_808, macs: 11_282_415_616,
        source: "torchvision's parameters; MACs by layer arithmetic with the paper's stride"),
      paper: paper,
      remarks: [strideRemark], twins: ["resnet152"]),
  ]
}

extension ResNetCIFAR {
  private static let arithmetic =
    "layer arithmetic of section 4.2, option A; parameters agree with the paper's rounded ones"

  private static let quoted = "the paper, as quoted by pytorch_resnet_cifar10, README"

  /// Table 6 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "resnet20_cifar", ResNetCIFAR(n: 3), input: .cifar, classes: 10,
      expect: .init(parameters: 269_722, macs: 40_551_040, source: arithmetic), paper: ResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 91.25, source: quoted)]),
    .init(
      "resnet32_cifar", ResNetCIFAR(n: 5), input: .cifar, classes: 10,
      expect: .init(parameters: 464_154, macs: 68_862_592, source: arithmetic), paper: ResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 92.49, source: quoted)]),
    .init(
      "resnet44_cifar", ResNetCIFAR(n: 7), input: .cifar, classes: 10,
      expect: .init(parameters: 658_586, macs: 97_174_144, source: arithmetic), paper: ResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 92.83, source: quoted)]),
    .init(
      "resnet56_cifar", ResNetCIFAR(n: 9), input: .cifar, classes: 10,
      expect: .init(parameters: 853_018, macs: 125_485_696, source: arithmetic), paper: ResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 93.03, source: quoted)]),
    .init(
      "resnet110_cifar", ResNetCIFAR(n: 18), input: .cifar, classes: 10,
      expect: .init(parameters: 1_727_962, macs: 252_887_680, source: arithmetic), paper: ResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 93.57, source: quoted)],
      remarks: ["The paper's 6.43 % error is the best of five training runs, 6.61 % their mean."]),
    .init(
      "resnet1202_cifar", ResNetCIFAR(n: 200), input: .cifar, classes: 10,
      expect: .init(parameters: 19_421_274, macs: 2_829_238_912, source: arithmetic), paper: ResNet.paper,
      accuracy: [.init("CIFAR-10 top-1", 92.07, source: quoted)]),
  ]
}
