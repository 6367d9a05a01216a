extension Res2Net {
  /// Table 1 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "res2net50_26w_4s", Res2Net(blocks: [3, 4, 6, 3]), input: .imageNet(224),
      expect: .timm(parameters: 25_699_120, macs: 4_255_166_464),
      paper: Paper(
        authors:
          "Shang-Hua Gao, Ming-Ming Cheng, Kai Zhao, Xin-Yu Zhang, Ming-Hsuan Yang, Philip Torr",
        title: "Res2Net: A New Multi-scale Backbone Architecture", venue: "TPAMI 2021", arXiv: "1904.01169"),
      weights: [
        .timm(
          "res2net50_26w_4s.in1k", top1: 77.95, top5: 93.852, preprocessing: .imageNet(224, resize: 256))
      ],
      accuracy: .imageNet(top1: 77.99, top5: 93.85, source: "the paper, table 1"))
  ]
}
