extension MobileNetV1 {
  private static let paper = Paper(
    authors:
      "Andrew G. Howard, Menglong Zhu, Bo Chen, Dmitry Kalenichenko, Weijun Wang, Tobias Weyand, Marco Andreetto, "
      + "Hartwig Adam",
    title: "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
    venue: "2017",
    arXiv: "1704.04861")

  /// Table 1 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "mobilenetv1_100", MobileNetV1(), input: .init(.inception(224, resize: 256)),
      expect: .timm(parameters: 4_231_976, macs: 568_740_352), paper: paper,
      weights: [
        .init(
          source: "timm mobilenetv1_100.ra4_e3600_r224_in1k",
          address:
            "https://huggingface.co/timm/mobilenetv1_100.ra4_e3600_r224_in1k/resolve/main/model.safetensors",
          preprocessing: .inception(224, resize: 256))
      ],
      accuracy: [.init("ImageNet top-1", 70.6, source: "the paper, table 4")],
      remarks: ["The paper's 4.2 million parameters and 569 million MACs are these."])
  ]
}
