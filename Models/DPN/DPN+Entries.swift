import TensorCore

extension DPN {
  private static let paper = Paper(
    authors: "Yunpeng Chen, Jianan Li, Huaxin Xiao, Xiaojie Jin, Shuicheng Yan, Jiashi Feng",
    title: "Dual Path Networks", venue: "NIPS 2017", arXiv: "1707.01629")

  /// The authors scale pixels of 0 to 255, less their means, by 0.0167.
  private static let images = ImagePreprocessing(
    resize: 256, cropHeight: 224, cropWidth: 224, interpolation: .bicubic,
    mean: [124.0 / 255, 117.0 / 255, 104.0 / 255],
    deviation: [1 / (0.0167 * 255), 1 / (0.0167 * 255), 1 / (0.0167 * 255)])

  /// Table 1 of the paper, and the authors' small network.
  package static let entries: [ModelEntry] = [
    .init(
      "dpn68",
      DPN(
        blocks: [3, 4, 12, 3], added: [16, 32, 32, 64], bottleneck: 128, stemChannels: 10, stemKernel: 3,
        residualWidth: 64),
      input: .init(images), expect: .timm(parameters: 12_611_602, macs: 2_326_163_456), paper: paper,
      weights: [.timm("dpn68.mx_in1k", top1: 76.346, top5: 93.008, preprocessing: images)],
      remarks: ["Not in the paper, but in the authors' code."]),
    .init(
      "dpn92",
      DPN(
        blocks: [3, 4, 20, 3], added: [16, 32, 24, 128], bottleneck: 96, stemChannels: 64, stemKernel: 7,
        residualWidth: 256),
      input: .init(images), expect: .timm(parameters: 37_668_392, macs: 6_501_684_224), paper: paper,
      weights: [.timm("dpn92.mx_in1k", top1: 80.038, top5: 94.86, preprocessing: images)],
      accuracy: .imageNet(top1: 79.3, top5: 94.6, source: "the paper, table 2")),
  ]
}
