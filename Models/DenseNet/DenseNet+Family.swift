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
        "Over ResNet: concatenation in the place of addition; a similar accuracy with about half the "
        + "parameters, at the price of memory traffic.",
      remarks: [
        "Fewer MACs are not less time: on one CPU timm measures DenseNet-121 38 % slower than ResNet-50, with "
          + "30 % fewer MACs.",
        "Checkpoints of torchvision's first years call the layers' parts norm.1, conv.1, norm.2, conv.2; both "
          + "spellings are read.",
      ]),
    architectures: [DenseNet.self], renames: [oldLayerNames])
}
