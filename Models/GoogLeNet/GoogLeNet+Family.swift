extension GoogLeNet {
  static let family = Family(
    "googlenet",
    about: About(
      "GoogLeNet, Inception V1",
      idea:
        "A module looks at its input at several scales at once, with 1×1, 3×3 and 5×5 convolutions and a "
        + "pool, and concatenates the results. 1×1 convolutions in front of the larger ones reduce the number "
        + "of channels, so that the network can grow in width and depth on a fixed computational budget. Two "
        + "auxiliary classifiers feed gradients into the middle of the network during training.",
      change:
        "Over AlexNet and VGG: parallel branches within a layer, global average pooling instead of fully "
        + "connected layers, and 22 layers with a ninth of AlexNet's parameters.",
      remarks: [
        "Two networks: `inception_v1` is the paper's (5×5 kernels, biases, response normalization), "
          + "`googlenet` is torchvision's (batch norm, and 3×3 where the paper has 5×5)."
      ]),
    architectures: [GoogLeNet.self, InceptionV1.self])
}
