extension VGG {
  private static let paper = Paper(
    authors: "Karen Simonyan, Andrew Zisserman",
    title: "Very Deep Convolutional Networks for Large-Scale Image Recognition", venue: "ICLR 2015",
    arXiv: "1409.1556")

  /// Configurations A, B, D and E of table 1, without and with batch norm.
  package static let entries: [ModelEntry] = [
    .init(
      "vgg11", VGG(convolutions: [1, 1, 2, 2, 2], batchNorm: false), input: .imageNet(224),
      expect: .torchvision(parameters: 132_863_336, macs: 7_609_090_048), paper: paper,
      weights: [
        .torchvision(
          "VGG11_Weights.IMAGENET1K_V1", "vgg11-8a719046.pth", mebibytes: 506.84,
          top1: 69.02, top5: 88.628)
      ]),
    .init(
      "vgg11_bn", VGG(convolutions: [1, 1, 2, 2, 2], batchNorm: true), input: .imageNet(224),
      expect: .torchvision(parameters: 132_868_840, macs: 7_609_090_048), paper: paper,
      weights: [
        .torchvision(
          "VGG11_BN_Weights.IMAGENET1K_V1", "vgg11_bn-6002323d.pth", mebibytes: 506.881,
          top1: 70.37, top5: 89.81)
      ]),
    .init(
      "vgg13", VGG(convolutions: [2, 2, 2, 2, 2], batchNorm: false), input: .imageNet(224),
      expect: .torchvision(parameters: 133_047_848, macs: 11_308_466_176), paper: paper,
      weights: [
        .torchvision(
          "VGG13_Weights.IMAGENET1K_V1", "vgg13-19584684.pth", mebibytes: 507.545,
          top1: 69.928, top5: 89.246)
      ]),
    .init(
      "vgg13_bn", VGG(convolutions: [2, 2, 2, 2, 2], batchNorm: true), input: .imageNet(224),
      expect: .torchvision(parameters: 133_053_736, macs: 11_308_466_176), paper: paper,
      weights: [
        .torchvision(
          "VGG13_BN_Weights.IMAGENET1K_V1", "vgg13_bn-abd245e5.pth", mebibytes: 507.59,
          top1: 71.586, top5: 90.374)
      ]),
    .init(
      "vgg16", VGG(convolutions: [2, 2, 3, 3, 3], batchNorm: false), input: .imageNet(224),
      expect: .torchvision(parameters: 138_357_544, macs: 15_470_264_320), paper: paper,
      weights: [
        .torchvision(
          "VGG16_Weights.IMAGENET1K_V1", "vgg16-397923af.pth", mebibytes: 527.796,
          top1: 71.592, top5: 90.382)
      ],
      remarks: [
        "The paper's 138 million parameters are exactly 138,357,544.",
        "torchvision also has VGG16_Weights.IMAGENET1K_FEATURES, trained elsewhere, for feature extraction "
          + "only: the classifier is unusable and images need different preprocessing.",
      ]),
    .init(
      "vgg16_bn", VGG(convolutions: [2, 2, 3, 3, 3], batchNorm: true), input: .imageNet(224),
      expect: .torchvision(parameters: 138_365_992, macs: 15_470_264_320), paper: paper,
      weights: [
        .torchvision(
          "VGG16_BN_Weights.IMAGENET1K_V1", "vgg16_bn-6c64b313.pth", mebibytes: 527.866,
          top1: 73.36, top5: 91.516)
      ]),
    .init(
      "vgg19", VGG(convolutions: [2, 2, 4, 4, 4], batchNorm: false), input: .imageNet(224),
      expect: .torchvision(parameters: 143_667_240, macs: 19_632_062_464), paper: paper,
      weights: [
        .torchvision(
          "VGG19_Weights.IMAGENET1K_V1", "vgg19-dcbb9e9d.pth", mebibytes: 548.051,
          top1: 72.376, top5: 90.876)
      ]),
    .init(
      "vgg19_bn", VGG(convolutions: [2, 2, 4, 4, 4], batchNorm: true), input: .imageNet(224),
      expect: .torchvision(parameters: 143_678_248, macs: 19_632_062_464), paper: paper,
      weights: [
        .torchvision(
          "VGG19_BN_Weights.IMAGENET1K_V1", "vgg19_bn-c79401a0.pth", mebibytes: 548.143,
          top1: 74.218, top5: 91.842)
      ]),
  ]
}
