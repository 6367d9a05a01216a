import GraphIR

extension [TensorRename] {
  /// The names of lukemelas/EfficientNet-PyTorch and of the ports that follow it, for a network whose stages have so many
  /// `layers`: there, blocks are counted through all stages.
  ///
  /// - Parameters:
  ///   - stem: The network's own names of the first convolution and its batch norm.
  ///   - head: Those of the last ones.
  ///   - classifier: That of the linear layer.
  ///   - layers: Blocks of each stage.
  ///   - own: Where a block is, and what its parts are called.
  /// - Returns: Rules that apply to one name at most.
  static func efficientNetPyTorch(
    stem: ConvNormNames, head: ConvNormNames, classifier: String, layers: [Int],
    own:
      @escaping @Sendable (_ stage: Int, _ block: Int) -> (
        path: String, names: InvertedResidual.Names, squeeze: SqueezeExcitation.Names
      )
  ) -> [TensorRename] {
    let blocks = layers.enumerated().flatMap { stage, count in (0..<count).map { (stage, $0) } }
    let inBlocks = TensorRename { name in
      let parts = name.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
      guard parts.count == 4, parts[0] == "_blocks", let index = Int(parts[1]), blocks.indices.contains(index)
      else { return nil }
      let (path, names, squeeze) = own(blocks[index].0, blocks[index].1)
      let part: String? =
        switch parts[2] {
        case "_expand_conv": names.expand.conv
        case "_bn0": names.expand.norm
        case "_depthwise_conv": names.depthwise.conv
        case "_bn1": names.depthwise.norm
        case "_se_reduce": "\(names.squeeze).\(squeeze.squeeze)"
        case "_se_expand": "\(names.squeeze).\(squeeze.excite)"
        case "_project_conv": names.project.conv
        case "_bn2": names.project.norm
        default: nil
        }
      return part.map { "\(path).\($0).\(parts[3])" }
    }
    return [
      inBlocks, .prefix(from: "_conv_stem.", to: "\(stem.conv)."),
      .prefix(from: "_bn0.", to: "\(stem.norm)."),
      .prefix(from: "_conv_head.", to: "\(head.conv)."), .prefix(from: "_bn1.", to: "\(head.norm)."),
      .prefix(from: "_fc.", to: "\(classifier)."),
    ]
  }
}
