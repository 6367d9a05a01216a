extension DenseNet {
  private static let paper = Paper(
    authors: "Gao Huang, Zhuang Liu, Laurens van der Maaten, Kilian Q. Weinberger",
    title: "Densely Connected Convolutional Networks", venue: "CVPR 2017", arXiv: "1608.06993")

  private static let arithmetic =
    "layer arithmetic of the paper's section 3; agrees with the rounded counts in the authors' README"

  private static let readme = "the authors' code, README"

  /// Table 1 for ImageNet, table 2 for CIFAR.
  package static let entries: [ModelEntry] = [
    .init(
      "densenet121",
      DenseNet(
        stem: .imageNet, blocks: [6, 12, 24, 16], growthRate: 32, stemChannels: 64, bottleneck: true,
        compression: 0.5),
      input: .imageNet(224), expect: .torchvision(parameters: 7_978_856, macs: 2_834_161_664),
      paper: paper,
      weights: [
        .torchvision(
          "DenseNet121_Weights.IMAGENET1K_V1", "densenet121-a639ec97.pth", mebibytes: 30.845,
          top1: 74.434, top5: 91.972)
      ],
      accuracy: [.init("ImageNet top-1", 75.0, source: readme)]),
    .init(
      "densenet161",
      DenseNet(
        stem: .imageNet, blocks: [6, 12, 36, 24], growthRate: 48, stemChannels: 96, bottleneck: true,
        compression: 0.5),
      input: .imageNet(224), expect: .torchvision(parameters: 28_681_000, macs: 7_727_907_072),
      paper: paper,
      weights: [
        .torchvision(
          "DenseNet161_Weights.IMAGENET1K_V1", "densenet161-8d451a50.pth", mebibytes: 110.369,
          top1: 77.138, top5: 93.56)
      ],
      accuracy: [.init("ImageNet top-1", 77.8, source: readme)]),
    .init(
      "densenet169",
      DenseNet(
        stem: .imageNet, blocks: [6, 12, 32, 32], growthRate: 32, stemChannels: 64, bottleneck: true,
        compression: 0.5),
      input: .imageNet(224), expect: .torchvision(parameters: 14_149_480, macs: 3_359_843_328),
      paper: paper,
      weights: [
        .torchvision(
          "DenseNet169_Weights.IMAGENET1K_V1", "densenet169-b2777c0a.pth", mebibytes: 54.708,
          top1: 75.6, top5: 92.806)
      ],
      accuracy: [.init("ImageNet top-1", 76.4, source: readme)]),
    .init(
      "densenet201",
      DenseNet(
        stem: .imageNet, blocks: [6, 12, 48, 32], growthRate: 32, stemChannels: 64, bottleneck: true,
        compression: 0.5),
      input: .imageNet(224), expect: .torchvision(parameters: 20_013_928, macs: 4_291_365_888),
      paper: paper,
      weights: [
        .torchvision(
          "DenseNet201_Weights.IMAGENET1K_V1", "densenet201-c1103571.pth", mebibytes: 77.373,
          top1: 76.896, top5: 93.37)
      ],
      accuracy: [.init("ImageNet top-1", 77.5, source: readme)]),
    .init(
      "densenet264",
      DenseNet(
        stem: .imageNet, blocks: [6, 12, 64, 48], growthRate: 32, stemChannels: 64, bottleneck: true,
        compression: 0.5),
      input: .imageNet(224),
      expect: .init(
        parameters: 33_337_704, macs: 5_751_653_376,
        source: "torchvision's DenseNet class with table 1's numbers"),
      paper: paper, accuracy: [.init("ImageNet top-1", 77.9, source: readme)],
      remarks: [
        "As the paper counts, it has 265 layers: 130 pairs, three transitions, the first convolution "
          + "and the classifier."
      ]),
    .init(
      "densenet40_k12_cifar",
      DenseNet(
        stem: .cifar, blocks: [12, 12, 12], growthRate: 12, stemChannels: 16, bottleneck: false,
        compression: 1), input: .cifar, classes: 10,
      expect: .init(parameters: 1_019_722, macs: 264_812_928, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 93.00, source: readme),
        .init("CIFAR-10 top-1, flips and shifts", 94.76, source: readme),
        .init("CIFAR-100 top-1", 72.45, source: readme),
        .init("CIFAR-100 top-1, flips and shifts", 75.58, source: readme),
      ]),
    .init(
      "densenet100_k12_cifar",
      DenseNet(
        stem: .cifar, blocks: [32, 32, 32], growthRate: 12, stemChannels: 16, bottleneck: false,
        compression: 1), input: .cifar, classes: 10,
      expect: .init(parameters: 6_979_642, macs: 1_769_516_448, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 94.23, source: readme),
        .init("CIFAR-10 top-1, flips and shifts", 95.90, source: readme),
        .init("CIFAR-100 top-1", 76.21, source: readme),
        .init("CIFAR-100 top-1, flips and shifts", 79.80, source: readme),
      ]),
    .init(
      "densenet100_k24_cifar",
      DenseNet(
        stem: .cifar, blocks: [32, 32, 32], growthRate: 24, stemChannels: 16, bottleneck: false,
        compression: 1), input: .cifar, classes: 10,
      expect: .init(parameters: 27_249_082, macs: 6_889_347_744, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 94.17, source: readme),
        .init("CIFAR-10 top-1, flips and shifts", 96.26, source: readme),
        .init("CIFAR-100 top-1", 76.58, source: readme),
        .init("CIFAR-100 top-1, flips and shifts", 80.75, source: readme),
      ],
      remarks: [
        "With the 2k = 48 stem channels of the authors' later code it would have 28,071,706 parameters; only 16 "
          + "give the published 27.2 million."
      ]),
    .init(
      "densenet_bc40_k12_cifar",
      DenseNet(
        stem: .cifar, blocks: [6, 6, 6], growthRate: 12, stemChannels: 24, bottleneck: true,
        compression: 0.5), input: .cifar, classes: 10,
      expect: .init(
        parameters: 176_122, macs: 72_365_352,
        source:
          "layer arithmetic of the paper's section 3 at 40 layers: 6 bottleneck layers per block, 24 "
          + "stem channels; counted independently in scripts/golden"),
      paper: paper,
      remarks: [
        "Not a row of the paper's table 2, whose smallest BC network has 100 layers: this is its rule at the "
          + "depth of its smallest plain one."
      ]),
    .init(
      "densenet_bc100_k12_cifar",
      DenseNet(
        stem: .cifar, blocks: [16, 16, 16], growthRate: 12, stemChannels: 24, bottleneck: true,
        compression: 0.5), input: .cifar, classes: 10,
      expect: .init(parameters: 769_162, macs: 287_929_692, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 94.08, source: readme),
        .init("CIFAR-10 top-1, flips and shifts", 95.49, source: readme),
        .init("CIFAR-100 top-1", 75.85, source: readme),
        .init("CIFAR-100 top-1, flips and shifts", 77.73, source: readme),
      ]),
    .init(
      "densenet_bc190_k40_cifar",
      DenseNet(
        stem: .cifar, blocks: [31, 31, 31], growthRate: 40, stemChannels: 80, bottleneck: true,
        compression: 0.5), input: .cifar, classes: 10,
      expect: .init(parameters: 25_624_430, macs: 9_301_945_740, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1, flips and shifts", 96.54, source: readme),
        .init("CIFAR-100 top-1, flips and shifts", 82.82, source: readme),
      ],
      remarks: [
        "25.6 million parameters, as the authors' table also says. The 40 million that is sometimes quoted "
          + "is wrong: 40 is the growth rate.",
        "It needs 8.3 GB on one GPU when concatenations share memory, and four GPUs otherwise (authors' "
          + "README).",
      ]),
    .init(
      "densenet_bc250_k24_cifar",
      DenseNet(
        stem: .cifar, blocks: [41, 41, 41], growthRate: 24, stemChannels: 48, bottleneck: true,
        compression: 0.5), input: .cifar, classes: 10,
      expect: .init(parameters: 15_324_406, macs: 5_418_785_724, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 94.81, source: readme),
        .init("CIFAR-10 top-1, flips and shifts", 96.38, source: readme),
        .init("CIFAR-100 top-1", 80.36, source: readme),
        .init("CIFAR-100 top-1, flips and shifts", 82.40, source: readme),
      ]),
  ]
}
