import TensorCore

extension ResNeXt {
  static let paper = Paper(
    authors: "Saining Xie, Ross Girshick, Piotr Dollár, Zhuowen Tu, Kaiming He",
    title: "Aggregated Residual Transformations for Deep Neural Networks", venue: "CVPR 2017",
    arXiv: "1611.05431")

  /// torchvision's, but bicubic.
  private static let gluonPreprocessing = ImagePreprocessing.imageNet(
    224, resize: 256, interpolation: .bicubic)

  /// Depth, cardinality and base width as in the names: 101, 32 paths of 4 channels.
  package static let entries: [ModelEntry] = [
    .init(
      "resnext50_32x4d", ResNeXt(blocks: [3, 4, 6, 3], cardinality: 32, baseWidth: 4),
      input: .imageNet(224),
      expect: .torchvision(parameters: 25_028_904, macs: 4_230_479_872), paper: paper,
      weights: [
        .torchvision(
          "ResNeXt50_32X4D_Weights.IMAGENET1K_V2", "resnext50_32x4d-1a0047aa.pth", mebibytes: 95.833,
          top1: 81.198, top5: 95.34, resize: 232),
        .torchvision(
          "ResNeXt50_32X4D_Weights.IMAGENET1K_V1", "resnext50_32x4d-7cdf4587.pth", mebibytes: 95.789,
          top1: 77.618, top5: 93.698),
      ],
      accuracy: [.init("ImageNet top-1", 77.8, source: "the authors' code, README")]),
    .init(
      "resnext101_32x4d", ResNeXt(blocks: [3, 4, 23, 3], cardinality: 32, baseWidth: 4),
      input: .imageNet(224),
      expect: .init(
        parameters: 44_177_704, macs: 7_969_996_800, source: "torchvision's ResNet class with these numbers"),
      paper: paper,
      weights: [
        .init(
          source: "timm resnext101_32x4d.gluon_in1k",
          address:
            "https://github.com/rwightman/pytorch-pretrained-gluonresnet/releases/download/v0.1/gluon_resnext101_32x4d-b253c8c4.pth",
          preprocessing: gluonPreprocessing),
        .init(
          source: "timm resnext101_32x4d.fb_ssl_yfcc100m_ft_in1k",
          address:
            "https://dl.fbaipublicfiles.com/semiweaksupervision/model_files/semi_supervised_resnext101_32x4-dc43570a.pth",
          preprocessing: .imageNet(224, resize: 256)),
        .init(
          source: "timm resnext101_32x4d.fb_swsl_ig1b_ft_in1k",
          address:
            "https://dl.fbaipublicfiles.com/semiweaksupervision/model_files/semi_weakly_supervised_resnext101_32x4-3f87e46b.pth",
          preprocessing: .imageNet(224, resize: 256)),
      ],
      accuracy: [.init("ImageNet top-1", 78.8, source: "the authors' code, README")]),
    .init(
      "resnext101_32x8d", ResNeXt(blocks: [3, 4, 23, 3], cardinality: 32, baseWidth: 8),
      input: .imageNet(224),
      expect: .torchvision(parameters: 88_791_336, macs: 16_414_015_488), paper: paper,
      weights: [
        .torchvision(
          "ResNeXt101_32X8D_Weights.IMAGENET1K_V2", "resnext101_32x8d-110c445d.pth", mebibytes: 339.673,
          top1: 82.834, top5: 96.228, resize: 232),
        .torchvision(
          "ResNeXt101_32X8D_Weights.IMAGENET1K_V1", "resnext101_32x8d-8ba56ff5.pth", mebibytes: 339.586,
          top1: 79.312, top5: 94.526),
      ]),
    .init(
      "resnext101_64x4d", ResNeXt(blocks: [3, 4, 23, 3], cardinality: 64, baseWidth: 4),
      input: .imageNet(224, resize: 232),
      expect: .torchvision(parameters: 83_455_272, macs: 15_460_270_080), paper: paper,
      weights: [
        .torchvision(
          "ResNeXt101_64X4D_Weights.IMAGENET1K_V1", "resnext101_64x4d-173b62eb.pth", mebibytes: 319.318,
          top1: 83.246, top5: 96.454, resize: 232)
      ],
      accuracy: [.init("ImageNet top-1", 79.6, source: "the authors' code, README")]),
  ]
}

extension ResNeXtCIFAR {
  private static let arithmetic =
    "layer arithmetic of the authors' resnext.lua; agrees with the rounded counts of two other projects"

  /// Table 7 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "resnext29_8x64d_cifar", ResNeXtCIFAR(n: 3, cardinality: 8, baseWidth: 64), input: .cifar,
      classes: 10,
      expect: .init(parameters: 34_426_698, macs: 5_387_266_048, source: arithmetic),
      paper: ResNeXt.paper,
      accuracy: [
        .init("CIFAR-10 top-1", 96.35, source: "ResNeXt.pytorch, README"),
        .init("CIFAR-100 top-1", 82.23, source: "ResNeXt.pytorch, README"),
      ]),
    .init(
      "resnext29_16x64d_cifar", ResNeXtCIFAR(n: 3, cardinality: 16, baseWidth: 64), input: .cifar,
      classes: 10,
      expect: .init(parameters: 68_155_210, macs: 10_688_866_304, source: arithmetic),
      paper: ResNeXt.paper,
      accuracy: [
        .init("CIFAR-10 top-1", 96.42, source: "ResNeXt.pytorch, README"),
        .init("CIFAR-100 top-1", 82.69, source: "ResNeXt.pytorch, README"),
      ],
      remarks: ["The paper's 68.1 million parameters are truncated; rounded, they are 68.2 million."]),
  ]
}
