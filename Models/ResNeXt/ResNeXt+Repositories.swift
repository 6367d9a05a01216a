import GraphIR

extension ResNeXt {
  /// The names of prlz77/ResNeXt.pytorch and of its copy in bearpaw/pytorch-classification, whose CIFAR networks are
  /// these.
  static let repositoryNames: [TensorRename] =
    [
      ("conv_reduce", "conv1"), ("bn_reduce", "bn1"), ("conv_conv", "conv2"), ("bn", "bn2"),
      ("conv_expand", "conv3"), ("bn_expand", "bn3"), ("shortcut.shortcut_conv", "downsample.0"),
      ("shortcut.shortcut_bn", "downsample.1"),
    ].map { published, own in
      .pattern("stage_{s}.stage_{t}_bottleneck_{i}.\(published).", to: "layer{s}.{i}.\(own).")
    } + [
      .prefix(from: "conv_1_3x3.", to: "conv1."), .prefix(from: "bn_1.", to: "bn1."),
      .prefix(from: "classifier.", to: "fc."),
    ]
}
