extension SqueezeNet {
  private static let paper = Paper(
    authors:
      "Forrest N. Iandola, Song Han, Matthew W. Moskewicz, Khalid Ashraf, William J. Dally, Kurt Keutzer",
    title: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
    venue: "2016",
    arXiv: "1602.07360")

  /// Table 1 of the paper, and the authors' later version.
  package static let entries: [ModelEntry] = [
    .init(
      "squeezenet1_0", SqueezeNet(stemChannels: 96, stemKernel: 7, pools: [4, 8]), input: .imageNet(224),
      expect: .torchvision(parameters: 1_248_424, macs: 818_924_576), paper: paper,
      weights: [
        .torchvision(
          "SqueezeNet1_0_Weights.IMAGENET1K_V1", "squeezenet1_0-b66bff10.pth", mebibytes: 4.778, top1: 58.092,
          top5: 80.42)
      ],
      accuracy: [
        .init("ImageNet top-1", 57.5, source: "the paper, table 2"),
        .init("ImageNet top-5", 80.3, source: "the paper, table 2"),
      ],
      remarks: [
        "The authors' 1.72 GFLOPS are for 227×227 images, with two operations a MAC and a padded last convolution."
      ]),
    .init(
      "squeezenet1_1", SqueezeNet(stemChannels: 64, stemKernel: 3, pools: [3, 5]), input: .imageNet(224),
      expect: .torchvision(parameters: 1_235_496, macs: 349_151_936), paper: paper,
      weights: [
        .torchvision(
          "SqueezeNet1_1_Weights.IMAGENET1K_V1", "squeezenet1_1-b8a52dc0.pth", mebibytes: 4.729, top1: 58.178,
          top5: 80.624)
      ],
      accuracy: [
        .init("ImageNet top-5", 80.3, source: "the authors' code, SqueezeNet_v1.1/README.md: at least")
      ],
      remarks: [
        "Not in the paper: a smaller first convolution and earlier pools make it 2.4 times cheaper than 1.0 at the "
          + "same accuracy."
      ]),
  ]
}
