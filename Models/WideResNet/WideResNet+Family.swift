extension WideResNet {
  static let family = Family(
    "wide_resnet",
    about: About(
      "Wide ResNet",
      idea:
        "Residual networks need not be very deep: sixteen layers that are eight times as wide are as accurate "
        + "as a thousand thin ones with a similar number of parameters. Wide layers are large products, which "
        + "hardware computes several times faster than many small ones in a row. Dropout between a "
        + "block's convolutions keeps the larger layers from overfitting.",
      change:
        "Over the pre-activation ResNet: a widening factor k on every stage, basic blocks for bottlenecks, "
        + "optional dropout inside the block.",
      remarks: [
        "torchvision's ImageNet networks widen only the 3×3 of ResNet's bottlenecks, after activation; the "
          + "CIFAR ones are the paper's.",
        "torchvision's first weight files store half precision: 2 bytes a parameter.",
      ]),
    architectures: [WideResNet.self, WideResNetCIFAR.self])
}
