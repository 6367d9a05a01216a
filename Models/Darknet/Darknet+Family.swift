extension Darknet {
  static let family = Family(
    "darknet",
    about: About(
      "Darknet-53",
      idea:
        "The backbone of YOLOv3: nothing but 3×3 and 1×1 convolutions, with shortcuts. A 1×1 halves the channels, a 3×3 "
        + "doubles them again, and every halving of the resolution is a 3×3 with stride 2, without any pool. Such layers keep "
        + "a GPU busier than ResNet's many cheap ones.",
      change:
        "Over ResNet: blocks of a 1×1 and a 3×3, two convolutions instead of three, no activation behind the sum, leaky ReLU, "
        + "and a full-resolution first convolution; ResNet-152's accuracy in half the time.",
      remarks: ["The 53 layers are 52 convolutions and the classifier."]),
    architectures: [Darknet.self])
}
