extension AlexNet {
  /// The one-column network.
  package static let entries: [ModelEntry] = [
    .init(
      "alexnet", AlexNet(maps: [64, 192, 384, 256, 256], features: 4096, dropout: 0.5),
      input: .imageNet(224), expect: .torchvision(parameters: 61_100_840, macs: 714_188_480),
      paper: Paper(
        authors: "Alex Krizhevsky", title: "One weird trick for parallelizing convolutional neural networks",
        venue: "2014", arXiv: "1404.5997"),
      weights: [
        .torchvision(
          "AlexNet_Weights.IMAGENET1K_V1", "alexnet-owt-7be5be79.pth", mebibytes: 233.087,
          top1: 56.522, top5: 79.066)
      ],
      remarks: ["Not the network of 2012: different widths, no groups, no response normalization."])
  ]
}

extension AlexNet2012 {
  /// Figure 2 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "alexnet_2012", AlexNet2012(groups: 2, features: 4096, dropout: 0.5), input: .imageNet(227),
      expect: .init(
        parameters: 60_965_224, macs: 724_406_816, source: "layers of Caffe's bvlc_alexnet/deploy.prototxt"),
      paper: Paper(
        authors: "Alex Krizhevsky, Ilya Sutskever, Geoffrey E. Hinton",
        title: "ImageNet Classification with Deep Convolutional Neural Networks", venue: "NIPS 2012"),
      accuracy: [
        .init("ImageNet top-1", 57.1, source: "Caffe's replica, bvlc_alexnet/readme.md"),
        .init("ImageNet top-5", 80.2, source: "Caffe's replica, bvlc_alexnet/readme.md"),
      ],
      remarks: [
        "The paper says 224×224 images; its first feature maps of 55×55 need 227×227.",
        "Without groups (groups=1) it has 62,378,344 parameters, a count that is also quoted.",
        "CaffeNet pools before it normalizes: the same parameters and MACs, a different function.",
      ])
  ]
}
