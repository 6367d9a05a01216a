import GraphIR

extension ResNet {
  static let family = Family(
    "resnet",
    about: About(
      "ResNet",
      idea:
        "A block does not compute its output but what to add to its input: y = F(x) + x. The identity becomes "
        + "the easiest thing to learn, so that depth no longer hurts, and gradients reach the first layers "
        + "along the shortcuts. Networks of 152 layers, and of more than a thousand on CIFAR, can be trained.",
      change:
        "Over VGG: shortcuts around every two or three layers, batch norm after every convolution, and global "
        + "average pooling instead of the large fully connected layers; eight times the depth for fewer MACs.",
      remarks: [
        "V1 and V1.5: the paper strides the first 1×1 of a bottleneck, torchvision the 3×3. The parameters "
          + "are the same, the MACs are not (ResNet-50: 3.86 and 4.09 G), which is why both 3.8 and 4.1 are "
          + "quoted.",
        "The CIFAR networks are not small versions of the ImageNet ones: they have three stages, start with "
          + "16 channels, and their shortcuts have no parameters. With projections instead, ResNet-20 has "
          + "272,474 parameters.",
      ]),
    architectures: [ResNet.self, ResNetCIFAR.self],
    renames: [
      // akamaster/pytorch_resnet_cifar10, and the many that call things as kuangliu/pytorch-cifar does.
      .prefix(from: "linear.", to: "fc."),
      .pattern("layer{s}.{i}.shortcut.", to: "layer{s}.{i}.downsample."),
    ])
}
