extension WideResNet {
  static let family = Family(
    "wide_resnet",
    about: About(
      "Wide ResNet",
      idea:
        "Residual networks need not be very deep: sixteen layers that are eight times as wide are as accurate "
        + "as a thousand thin ones with a similar number of parameters. Wide layers are large matrix products, "
        + "which hardware computes several times faster than a long chain of small ones. Dropout between a "
        + "block's convolutions keeps the wide layers from overfitting.",
      change:
        "Over the pre-activation ResNet: a widening factor k for every stage, basic blocks instead of "
        + "bottlenecks, and optional dropout inside the block.",
      remarks: [
        "torchvision's ImageNet networks widen only the 3×3 of ResNet's bottlenecks, after activation; the "
          + "CIFAR networks are the paper's.",
        "CIFAR checkpoints of xternalz/WideResNet-pytorch, szagoruyko/wide-residual-networks (PyTorch) and wrn in "
          + "bearpaw/pytorch-classification load with the names they have.",
        "torchvision's first weight files are in float16: 2 bytes per parameter.",
      ]),
    architectures: [WideResNet.self, WideResNetCIFAR.self], renames: repositoryNames)
}
