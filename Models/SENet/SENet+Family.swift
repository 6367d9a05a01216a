extension SENet {
  static let family = Family(
    "senet",
    about: About(
      "SENet",
      idea:
        "A convolution weighs its channels the same for every image. Squeeze-and-excitation lets the image decide: the mean "
        + "of each channel goes through two small layers that end in a sigmoid, and the channel is multiplied by the result. "
        + "It can be added to any block, for a tenth more parameters and hardly any multiplications.",
      change:
        "Over ResNet and ResNeXt: a factor for each channel behind the last convolution of every block.",
      remarks: [
        "The names with legacy are the authors' Caffe networks, with the stride on the first 1×1 of a bottleneck; those "
          + "without are timm's, with the stride on the 3×3: other tensor names, and 6 % more MACs.",
        "Published squeezed layers may be linear layers or 1×1 convolutions; both have the same elements and load.",
      ]),
    architectures: [SENet.self, SEResNet.self])
}
