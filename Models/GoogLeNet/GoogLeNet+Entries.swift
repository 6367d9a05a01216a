extension GoogLeNet {
  static let paper = Paper(
    authors: "Christian Szegedy, Wei Liu, Yangqing Jia, Pierre Sermanet, Scott Reed, Dragomir Anguelov, "
      + "Dumitru Erhan, Vincent Vanhoucke, Andrew Rabinovich",
    title: "Going Deeper with Convolutions", venue: "CVPR 2015", arXiv: "1409.4842")

  /// torchvision's network.
  package static let entries: [ModelEntry] = [
    .init(
      "googlenet", GoogLeNet(transformInput: false, dropout: 0.2, headDropout: 0.7),
      input: .imageNet(224),
      expect: .torchvision(parameters: 6_624_904, macs: 1_498_376_192, auxiliary: 6_379_984),
      paper: paper,
      weights: [
        .torchvision(
          "GoogLeNet_Weights.IMAGENET1K_V1", "googlenet-1378be20.pth", mebibytes: 49.731, top1: 69.778,
          top5: 89.53, settings: [.init("transformInput", "true")])
      ],
      remarks: [
        "3×3 kernels in the branch that the paper calls 5×5: a bug that torchvision keeps because its weights "
          + "were trained with it.",
        "With both auxiliary heads it has 13,004,888 parameters.",
        "The published weights need images that the network renormalizes itself (transformInput=true); a loader "
          + "that misses this is silently wrong.",
      ])
  ]
}

extension InceptionV1 {
  /// Table 1 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "inception_v1", InceptionV1(dropout: 0.4, headDropout: 0.7), input: .imageNet(224),
      expect: .init(
        parameters: 6_998_552, macs: 1_582_671_872, auxiliary: 6_379_728,
        source: "layers of Caffe's bvlc_googlenet/train_val.prototxt"),
      paper: GoogLeNet.paper,
      accuracy: [
        .init("ImageNet top-1", 68.7, source: "Caffe's replica, bvlc_googlenet/readme.md"),
        .init("ImageNet top-5", 88.9, source: "Caffe's replica, bvlc_googlenet/readme.md"),
      ],
      remarks: [
        "With both auxiliary heads it has 13,378,280 parameters.",
        "\"12 times fewer parameters than AlexNet\", which would be 5 million, is not this network: it has "
          + "7.0 million.",
      ])
  ]
}
