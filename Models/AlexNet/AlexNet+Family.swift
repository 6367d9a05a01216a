extension AlexNet {
  static let family = Family(
    "alexnet",
    about: About(
      "AlexNet",
      idea:
        "Five convolutions and three fully connected layers are enough to sort photographs into a thousand "
        + "categories, given a million of them to learn from and GPUs to learn on. ReLUs keep gradients alive "
        + "where tanh saturates. Dropout and data augmentation keep sixty million parameters from memorizing "
        + "the training set.",
      change:
        "Over LeNet-5: ReLU instead of tanh, overlapping max pooling instead of subsampling, dropout, color "
        + "images of fifty times the area, and a thousand times the parameters.",
      remarks: [
        "Two networks carry the name: the one of 2012 (two groups, response normalization, 60,965,224 "
          + "parameters) and the one-column network of 2014 that torchvision publishes (61,100,840)."
      ]),
    architectures: [AlexNet.self, AlexNet2012.self])
}
