extension DenseNet {
  static let family = Family(
    "densenet",
    about: About(
      "DenseNet",
      idea:
        "Every layer of a block reads the feature maps of all layers before it and adds a few of its own. No "
        + "layer has to relearn what another has already computed, so 12 or 32 new channels per layer are "
        + "enough and parameters are few. Gradients reach every layer directly.",
      change:
        "Over ResNet: concatenation instead of addition; similar accuracy with about half the parameters, at "
        + "the price of memory traffic.",
      remarks: [
        "Fewer MACs do not mean less time: on one CPU, timm measures DenseNet-121 38 % slower than "
          + "ResNet-50, with 30 % fewer MACs.",
        "The first torchvision checkpoints name the parts of a layer norm.1, conv.1, norm.2, conv.2; both "
          + "spellings load.",
        "CIFAR checkpoints of andreasveit/densenet-pytorch, bearpaw/pytorch-classification and "
          + "gpleiss/efficient_densenet_pytorch load with the names they have. kuangliu/pytorch-cifar puts new "
          + "channels in front of the old ones and has four blocks: a different network.",
      ]),
    architectures: [DenseNet.self], renames: [oldLayerNames] + repositoryNames)
}
