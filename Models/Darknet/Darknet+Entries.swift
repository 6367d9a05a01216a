import TensorCore

extension Darknet {
  private static let images = ImagePreprocessing.imageNet(256, resize: 288, interpolation: .bicubic)

  /// Table 1 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "darknet53", Darknet(blocks: [1, 2, 8, 8, 4]), input: .init(images),
      expect: .timm(parameters: 41_609_928, macs: 9_285_115_904),
      paper: Paper(
        authors: "Joseph Redmon, Ali Farhadi", title: "YOLOv3: An Incremental Improvement", venue: "2018",
        arXiv: "1804.02767"),
      weights: [
        .init(
          source: "timm darknet53.c2ns_in1k",
          address:
            "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-tpu-weights/darknet53_256_c2ns-3aeff817.pth",
          preprocessing: images)
      ],
      accuracy: .imageNet(top1: 77.2, top5: 93.8, source: "the paper, table 2")
        + .imageNet(top1: 80.536, top5: 95.434, source: "timm darknet53.c2ns_in1k, at 288×288"))
  ]
}
