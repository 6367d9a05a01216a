import TensorCore

extension NASNet {
  private static let images = ImagePreprocessing.inception(331, resize: 363)

  /// Table 2 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "nasnetalarge", NASNet(), input: .init(images),
      expect: .timm(parameters: 88_753_150, macs: 23_783_414_658),
      paper: Paper(
        authors: "Barret Zoph, Vijay Vasudevan, Jonathon Shlens, Quoc V. Le",
        title: "Learning Transferable Architectures for Scalable Image Recognition", venue: "CVPR 2018",
        arXiv: "1707.07012"),
      weights: [
        .init(
          source: "timm nasnetalarge.tf_in1k",
          address:
            "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/nasnetalarge-dc4a7b8b.pth",
          preprocessing: images)
      ],
      accuracy: .imageNet(top1: 82.7, top5: 96.2, source: "the paper, table 2: NASNet-A (6 @ 4032)"))
  ]
}
