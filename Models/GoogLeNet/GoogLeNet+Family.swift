extension GoogLeNet {
  static let family = Family(
    "googlenet",
    about: About(
      "GoogLeNet, Inception V1",
      idea:
        "A module looks at its input at several scales at once, 1×1, 3×3, 5×5 and a pool, and puts the "
        + "results side by side. 1×1 convolutions before the larger ones reduce the number of maps, so that "
        + "width and depth grow within a fixed budget of arithmetic. Two auxiliary classifiers feed gradients "
        + "into the middle of the network while it is trained.",
      change:
        "Over AlexNet and VGG: branches within a layer, a global average in place of fully connected layers, "
        + "22 layers deep with a ninth of AlexNet's parameters.",
      remarks: [
        "Two networks: `inception_v1` is the paper's (5×5 kernels, biases, response normalization), "
          + "`googlenet` torchvision's (batch norm, and 3×3 where the paper has 5×5)."
      ]),
    architectures: [GoogLeNet.self, InceptionV1.self])
}
