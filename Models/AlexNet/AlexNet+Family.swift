extension AlexNet {
  static let family = Family(
    "alexnet",
    about: About(
      "AlexNet",
      idea:
        "Five convolutions and three fully connected layers are enough to classify a thousand kinds of "
        + "photographs, if there are a million of them to learn from and graphics processors to learn on. "
        + "Rectified linear units keep the gradients alive where tanh saturates. Dropout and augmented "
        + "images keep sixty million parameters from learning the training set by heart.",
      change:
        "Over LeNet-5: ReLU for tanh, overlapping max pools for subsampling, dropout, color images of "
        + "fifty times the area, and a thousand times the parameters.",
      remarks: [
        "Two networks carry the name: that of 2012 (two groups, response normalization, 60,965,224 "
          + "parameters) and the one-column network of 2014 that torchvision publishes (61,100,840)."
      ]),
    architectures: [AlexNet.self, AlexNet2012.self])
}
