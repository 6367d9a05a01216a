import TensorCore

extension LeNet5 {
  static let paper = Paper(
    authors: "Yann LeCun, Léon Bottou, Yoshua Bengio, Patrick Haffner",
    title: "Gradient-Based Learning Applied to Document Recognition",
    venue: "Proceedings of the IEEE 86(11), 1998")

  /// Figure 2 of the paper.
  package static let entries: [ModelEntry] = [
    .init(
      "lenet5", LeNet5(c5Maps: 120), input: .digits, classes: 10,
      expect: .init(
        parameters: 60_000, macs: 325_680,
        source: "the paper: 60,000 trainable parameters and 340,908 connections; MACs by layer arithmetic"),
      paper: paper,
      remarks: [
        "The MACs are those of C1, C3, C5 and F6. Subsampling and radial basis units are neither convolutions "
          + "nor linear layers; with the biases they make up the rest of the 340,908 connections.",
        "The codes of the output units are drawn from the paper's description, not copied from its figure 3.",
      ])
  ]
}

extension LeNet5Modern {
  /// The networks of today's textbooks, and of PyTorch's tutorial.
  package static let entries: [ModelEntry] = [
    .init(
      "lenet5_modern",
      LeNet5Modern(conv1Maps: 6, conv2Maps: 16, fc1Features: 120, fc2Features: 84), input: .digits,
      classes: 10,
      expect: .init(parameters: 61_706, macs: 416_520, source: "layer arithmetic of the dense form"),
      paper: LeNet5.paper,
      remarks: ["61,706 parameters are often quoted for LeNet-5; the paper's network has 60,000."],
      twins: ["lenet5_tutorial"]),
    .init(
      "lenet5_tutorial",
      LeNet5Modern(form: .tutorial, conv1Maps: 6, conv2Maps: 16, fc1Features: 120, fc2Features: 84),
      input: ModelInput(
        ImagePreprocessing(
          resize: 32, cropHeight: 32, cropWidth: 32, interpolation: .bilinear, mean: [0.5, 0.5, 0.5],
          deviation: [0.5, 0.5, 0.5])),
      classes: 10,
      expect: .init(parameters: 62_006, macs: 651_720, source: "layer arithmetic of the tutorial's code"),
      paper: LeNet5.paper,
      remarks: [
        "The network of PyTorch's tutorial \"Training a Classifier\" (Soumith Chintala): LeNet-5's sizes with max "
          + "pooling and ReLU, for CIFAR-10. The tutorial reports about 55 % accuracy after two epochs."
      ],
      twins: ["lenet5_modern"]),
  ]
}
