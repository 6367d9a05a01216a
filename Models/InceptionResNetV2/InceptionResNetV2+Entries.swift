import TensorCore

extension InceptionResNetV2 {
  private static let images = ImagePreprocessing.inception(299, resize: 333)

  /// Figure 15 of the paper, as TensorFlow has it.
  package static let entries: [ModelEntry] = [
    .init(
      "inception_resnet_v2", InceptionResNetV2(), input: .init(images),
      expect: .timm(parameters: 55_843_464, macs: 13_155_794_016), paper: InceptionV4.paper,
      weights: [
        .timm("inception_resnet_v2.tf_in1k", top1: 80.462, top5: 95.308, preprocessing: images)
      ],
      accuracy: .imageNet(top1: 80.1, top5: 95.1, source: "the paper, table 2"))
  ]
}
