/// Table 1 of He et al., 2016: the bottleneck blocks in conv2_x … conv5_x for each depth.
enum DepthTable {
  /// Networks of bottlenecks, whose depths ResNeXt and Wide ResNet share.
  static let bottleneck: [(depth: Int, blocks: [Int])] = [
    (50, [3, 4, 6, 3]), (101, [3, 4, 23, 3]), (152, [3, 8, 36, 3]),
  ]

  /// Networks of basic blocks.
  static let basic: [(depth: Int, blocks: [Int])] = [(18, [2, 2, 2, 2]), (34, [3, 4, 6, 3])]
}

extension Setting {
  /// Depth of a network of bottlenecks: three layers per block, conv1 and fc.
  static func bottleneckDepth(
    _ blocks: any WritableKeyPath<Model, [Int]> & Sendable
  ) -> Setting {
    .depth(
      oneOf: DepthTable.bottleneck.map(\.depth), read: { 3 * $0[keyPath: blocks].reduce(0, +) + 2 },
      choose: { model, depth in
        for row in DepthTable.bottleneck where row.depth == depth { model[keyPath: blocks] = row.blocks }
      })
  }
}
