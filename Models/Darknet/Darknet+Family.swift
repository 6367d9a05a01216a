extension Darknet {
  static let family = Family(
    "darknet",
    about: About(
      "Darknet-53",
      idea:
        "The backbone of YOLOv3 has only 3×3 and 1×1 convolutions and shortcuts. In a block, a 1×1 halves "
        + "the channels and a 3×3 doubles them again; a 3×3 with stride 2 halves the resolution, and there "
        + "is no max pool. Such layers use a GPU better than ResNet's many small ones.",
      change:
        "Over ResNet: blocks of a 1×1 and a 3×3, no activation after the sum, leaky ReLU, and a first "
        + "convolution at full resolution; the accuracy of ResNet-152 at twice the speed.",
      remarks: [
        "The 53 layers are 52 convolutions and the classifier."
      ]),
    architectures: [Darknet.self])
}
