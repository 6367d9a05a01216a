import GraphIR

extension WideResNet {
  /// The names of repositories whose CIFAR networks are these: the first block of a stage projects its input after
  /// batch norm and ReLU.
  ///
  /// The ImageNet networks have a `bn1` of their own, which keeps its name.
  static let repositoryNames: [TensorRename] = [
    // xternalz/WideResNet-pytorch, and wrn of bearpaw/pytorch-classification.
    .pattern("block{b}.layer.{i}.convShortcut.", to: "layer{b}.{i}.downsample."),
    .pattern("block{b}.layer.{i}.", to: "layer{b}.{i}."),
    .prefix(from: "bn1.", to: "bn."),
    // szagoruyko/wide-residual-networks, in PyTorch: convolutions without .weight.
    .pattern("group{g}.block{i}.bn0.", to: "layer{g+1}.{i}.bn1."),
    .pattern("group{g}.block{i}.bn1.", to: "layer{g+1}.{i}.bn2."),
    .pattern("group{g}.block{i}.conv0", to: "layer{g+1}.{i}.conv1.weight"),
    .pattern("group{g}.block{i}.conv1", to: "layer{g+1}.{i}.conv2.weight"),
    .pattern("group{g}.block{i}.convdim", to: "layer{g+1}.{i}.downsample.weight"),
    .pattern("conv0", to: "conv1.weight"),
  ]
}
