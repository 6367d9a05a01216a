extension LeNet5 {
  static let family = Family(
    "lenet",
    about: About(
      "LeNet-5",
      idea:
        "Small learned filters slide over the image, and subsampling between them makes the result robust to "
        + "small shifts. Each layer sees a wider part of the image, in more feature maps of lower resolution, "
        + "until a single vector describes the whole character. That vector is compared with a fixed bitmap for "
        + "every class.",
      change:
        "Over the networks of 1989 and 1990: larger images, more feature maps, one more fully connected "
        + "layer, and outputs that measure the distance to a code for each class.",
      remarks: [
        "Two networks carry the name: the paper's (sparse C3, trainable subsampling, radial basis output: "
          + "60,000 parameters) and the dense one of today's textbooks (61,706). PyTorch's tutorial has a third form, "
          + "with ReLU and max pooling on color images (62,006).",
        "Caffe's LeNet (20 and 50 feature maps, 28×28 images) is a fourth, with 431,080 parameters.",
      ]),
    architectures: [LeNet5.self, LeNet5Modern.self])
}
