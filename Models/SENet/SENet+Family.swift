extension SENet {
  static let family = Family(
    "senet",
    about: About(
      "SENet",
      idea:
        "A convolution weighs its channels the same way for every image. Squeeze-and-excitation lets the "
        + "image decide: the mean of each channel goes through two small layers and a sigmoid, and the "
        + "channel is multiplied by the result. It fits into any block, and adds a tenth more parameters "
        + "but hardly any MACs.",
      change:
        "Over ResNet and ResNeXt: a factor per channel, computed from the image, after the last "
        + "convolution of every block.",
      remarks: [
        "The legacy networks are the authors' Caffe ones, with the stride in the first 1×1 of a "
          + "bottleneck. Those without legacy are timm's, with the stride in the 3×3, other tensor names and "
          + "6 % more MACs.",
        "Published files store the squeeze layers as linear layers or as 1×1 convolutions; both load.",
      ]),
    architectures: [SENet.self, SEResNet.self, SEResNetCIFAR.self])
}
