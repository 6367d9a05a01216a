import TensorCore

extension GhostNet {
  private static let images = ImagePreprocessing.imageNet(224, resize: 256, interpolation: .bicubic)

  /// Table 1 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "ghostnet_100", GhostNet(), input: .init(images),
      expect: .timm(parameters: 5_182_508, macs: 141_150_512),
      paper: Paper(
        authors: "Kai Han, Yunhe Wang, Qi Tian, Jianyuan Guo, Chunjing Xu, Chang Xu",
        title: "GhostNet: More Features from Cheap Operations", venue: "CVPR 2020", arXiv: "1911.11907"),
      weights: [.timm("ghostnet_100.in1k", top1: 73.982, top5: 91.466, preprocessing: images)],
      accuracy: .imageNet(top1: 73.9, top5: 91.4, source: "the paper, table 7"))
  ]
}
