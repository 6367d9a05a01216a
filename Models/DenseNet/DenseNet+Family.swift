extension DenseNet {
  static let family = Family(
    "densenet",
    about: About(
      "DenseNet",
      idea:
        "Every layer of a block reads the maps of all layers before it and adds a few of its own. Nothing has "
        + "to be learned twice, so that layers of 12 or 32 maps suffice and parameters are few. Gradients "
        + "reach every layer directly.",
      change:
        "Over ResNet: concatenation in the place of addition; a third of ResNet-50's parameters for the same "
        + "accuracy, at the price of memory traffic.",
      remarks: [
        "DenseNet-BC with 190 layers and k = 40 has 25.6 million parameters; the 40 million that are sometimes "
          + "quoted are its growth rate, misread.",
        "Fewer MACs are not less time: on one CPU timm measures DenseNet-121 38 % slower than ResNet-50, with "
          + "30 % fewer MACs.",
        "Checkpoints of torchvision's first years call the layers' parts norm.1, conv.1, norm.2, conv.2; both "
          + "spellings are read.",
      ]),
    architectures: [DenseNet.self],
    renames: [
      TensorRename(".norm.1.", ".norm1."), TensorRename(".conv.1.", ".conv1."),
      TensorRename(".norm.2.", ".norm2."), TensorRename(".conv.2.", ".conv2."),
    ])
}
