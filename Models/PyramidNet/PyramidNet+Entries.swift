extension PyramidNetCIFAR {
  static let paper = Paper(
    authors: "Dongyoon Han, Jiwhan Kim, Junmo Kim", title: "Deep Pyramidal Residual Networks",
    venue: "CVPR 2017",
    arXiv: "1610.02915")

  private static let arithmetic = "layer arithmetic of the authors' PyramidNet.py"

  /// Table 4 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "pyramidnet110_a84_cifar", PyramidNetCIFAR(alpha: 84), input: .cifar, classes: 10,
      expect: .init(parameters: 3_904_446, macs: 772_168_168, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 95.74, source: "the paper, table 4"),
        .init("CIFAR-100 top-1", 79.34, source: "the paper, table 4"),
      ]),
    .init(
      "pyramidnet110_a270_cifar", PyramidNetCIFAR(alpha: 270), input: .cifar, classes: 10,
      expect: .init(parameters: 28_485_477, macs: 4_717_983_724, source: arithmetic), paper: paper,
      accuracy: [
        .init("CIFAR-10 top-1", 96.27, source: "the paper, table 4"),
        .init("CIFAR-100 top-1", 81.75, source: "the paper, table 4"),
      ]),
  ]
}
