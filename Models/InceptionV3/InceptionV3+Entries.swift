extension InceptionV3 {
  private static let paper = Paper(
    authors: "Christian Szegedy, Vincent Vanhoucke, Sergey Ioffe, Jonathon Shlens, Zbigniew Wojna",
    title: "Rethinking the Inception Architecture for Computer Vision", venue: "CVPR 2016",
    arXiv: "1512.00567")

  /// Table 1 of the paper, as torchvision has it.
  package static let entries: [ModelEntry] = [
    .init(
      "inception_v3", InceptionV3(transformInput: false, dropout: 0.5),
      input: .imageNet(299, resize: 342),
      expect: .torchvision(parameters: 23_834_568, macs: 5_713_216_096, auxiliary: 3_326_696),
      paper: paper,
      weights: [
        .torchvision(
          "Inception_V3_Weights.IMAGENET1K_V1", "inception_v3_google-0cc3c7bd.pth", mebibytes: 103.903,
          top1: 77.294, top5: 93.45, crop: 299, resize: 342,
          settings: [.init("transformInput", "true")])
      ],
      remarks: [
        "torchvision's published count, 27,161,264, includes the auxiliary head's 3,326,696.",
        "Keras counts 23,851,784: without the 17,216 scales of batch norm, but with its running statistics, twice "
          + "as many. The networks agree.",
        "The published weights need images that the network renormalizes itself (transformInput=true); a loader "
          + "that misses this is silently wrong.",
      ])
  ]
}
