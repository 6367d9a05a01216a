import GraphIR

extension DenseNet {
  /// The names of repositories whose CIFAR networks are these: new maps follow the old ones, three blocks, a stem of
  /// 2k maps.
  ///
  /// kuangliu/pytorch-cifar is not among them: it puts new maps first, so that its weights would be taken for those of
  /// other maps. Its transitions (`trans1.bn`) and classifier (`linear`) tell its files apart.
  static let repositoryNames: [TensorRename] = [
    // gpleiss/efficient_densenet_pytorch.
    .prefix(from: "features.norm_final.", to: "features.norm5."),
    // andreasveit/densenet-pytorch.
    .pattern("block{b}.layer.{i}.bn{k}.", to: "features.denseblock{b}.denselayer{i+1}.norm{k}."),
    .pattern("block{b}.layer.{i}.conv{k}.", to: "features.denseblock{b}.denselayer{i+1}.conv{k}."),
    .prefix(from: "bn1.", to: "features.norm5."),
    // bearpaw/pytorch-classification.
    .pattern("dense{b}.{i}.bn{k}.", to: "features.denseblock{b}.denselayer{i+1}.norm{k}."),
    .pattern("dense{b}.{i}.conv{k}.", to: "features.denseblock{b}.denselayer{i+1}.conv{k}."),
    .prefix(from: "bn.", to: "features.norm5."),
    // Both.
    .prefix(from: "conv1.", to: "features.conv0."),
    .pattern("trans{b}.bn1.", to: "features.transition{b}.norm."),
    .pattern("trans{b}.conv1.", to: "features.transition{b}.conv."),
    .prefix(from: "fc.", to: "classifier."),
  ]
}
