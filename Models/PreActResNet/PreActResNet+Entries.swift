import TensorCore

extension ResNetV2 {
  static let paper = Paper(
    authors: "Kaiming He, Xiangyu Zhang, Shaoqing Ren, Jian Sun",
    title: "Identity Mappings in Deep Residual Networks", venue: "ECCV 2016", arXiv: "1603.05027")

  /// What timm's weights expect: bicubic, a crop of 95 %, mean 0.5 and deviation 0.5.
  private static let timmPreprocessing = ImagePreprocessing(
    resize: 235, cropHeight: 224, cropWidth: 224, interpolation: .bicubic, mean: [0.5, 0.5, 0.5],
    deviation: [0.5, 0.5, 0.5])

  /// timm's networks, with the depths of ResNet's table 1.
  package static let entries: [ModelEntry] = [
    .init(
      "resnetv2_50", ResNetV2(blocks: [3, 4, 6, 3]), input: .init(timmPreprocessing),
      expect: .init(parameters: 25_549_352, macs: 4_089_184_256, source: "timm 1.0.31"), paper: paper,
      weights: [
        .init(
          source: "timm resnetv2_50.a1h_in1k",
          address: "https://huggingface.co/timm/resnetv2_50.a1h_in1k/resolve/main/model.safetensors",
          preprocessing: timmPreprocessing)
      ]),
    .init(
      "resnetv2_101", ResNetV2(blocks: [3, 4, 23, 3]), input: .init(timmPreprocessing),
      expect: .init(parameters: 44_541_480, macs: 7_801_405_440, source: "timm 1.0.31"), paper: paper,
      weights: [
        .init(
          source: "timm resnetv2_101.a1h_in1k",
          address: "https://huggingface.co/timm/resnetv2_101.a1h_in1k/resolve/main/model.safetensors",
          preprocessing: timmPreprocessing)
      ]),
    .init(
      "resnetv2_152", ResNetV2(blocks: [3, 8, 36, 3]), input: .init(timmPreprocessing),
      expect: .init(parameters: 60_185_128, macs: 11_513_626_624, source: "timm 1.0.31"), paper: paper,
      remarks: ["timm defines the network and publishes no weights for it."]),
  ]
}

extension PreActResNetCIFAR {
  private static let arithmetic = "layer arithmetic of the authors' resnet-pre-act.lua"

  /// Table 4 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "preact_resnet164_cifar", PreActResNetCIFAR(n: 18), input: .cifar, classes: 10,
      expect: .init(parameters: 1_703_258, macs: 244_500_992, source: arithmetic),
      paper: ResNetV2.paper,
      accuracy: [
        .init("CIFAR-10 top-1", 94.54, source: "wide-residual-networks, README"),
        .init("CIFAR-100 top-1", 75.67, source: "wide-residual-networks, README"),
      ]),
    .init(
      "preact_resnet1001_cifar", PreActResNetCIFAR(n: 111), input: .cifar, classes: 10,
      expect: .init(parameters: 10_327_706, macs: 1_487_849_984, source: arithmetic),
      paper: ResNetV2.paper,
      accuracy: [
        .init("CIFAR-10 top-1", 95.08, source: "resnet-1k-layers, README"),
        .init("CIFAR-10 top-1, batch 64", 95.38, source: "resnet-1k-layers, README"),
        .init("CIFAR-100 top-1", 77.29, source: "wide-residual-networks, README"),
      ],
      remarks: [
        "The 10.2 million parameters in the literature leave out batch norm; with it there are 10.3 million."
      ]),
  ]
}
