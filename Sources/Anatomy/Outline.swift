import GraphIR
import TensorCore

/// A part of a network in the tree of its paths: a block, or a single layer.
package struct OutlineItem: Sendable {
  /// Last component of the path: `conv1`.
  package let name: String
  /// The whole path: `layer1.0.conv1`.
  package let path: String
  /// Depth in the tree; 0 at the top.
  package let depth: Int
  /// Its layers, as positions in ``Breakdown/layers``.
  package let layers: Range<Int>
  /// Its parts; empty for a layer.
  package let parts: [OutlineItem]

  /// Whether it has no parts.
  package var isLayer: Bool { parts.isEmpty }
}

extension Breakdown {
  /// The tree of blocks.
  ///
  /// Layers keep the order of execution, so a block that execution leaves and enters again appears twice.
  package var outline: [OutlineItem] {
    outline(of: layers.indices, paths: layers.map { $0.name.split(separator: ".") }, depth: 0)
  }

  private func outline(of range: Range<Int>, paths: [[Substring]], depth: Int) -> [OutlineItem] {
    var items: [OutlineItem] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let path = paths[start]
      let step = path[depth]
      let isLayer = path.count == depth + 1
      var end = start + 1
      while !isLayer, end < range.upperBound, paths[end].count > depth + 1, paths[end][depth] == step {
        end += 1
      }
      items.append(
        OutlineItem(
          name: String(step), path: path[...depth].joined(separator: "."), depth: depth,
          layers: start..<end,
          parts: isLayer ? [] : outline(of: start..<end, paths: paths, depth: depth + 1)))
      start = end
    }
    return items
  }
}

/// The totals of a block.
package struct BlockTotals: Hashable, Sendable {
  /// Operators.
  package let operators: Int
  /// Trainable values.
  package let parameters: Int
  /// Multiply-accumulates.
  package let macs: Int
  /// Bytes of all outputs.
  package let activationBytes: Int
  /// Bytes saved for the backward pass.
  package let keptBytes: Int
  /// Shape of the last layer's output.
  package let outputShape: Shape
  /// Receptive field of the last layer.
  package let receptiveField: ReceptiveField
}

extension Breakdown {
  /// The totals of the layers of `item`.
  package func totals(of item: OutlineItem) -> BlockTotals {
    let part = layers[item.layers]
    let last = part[part.endIndex - 1]
    return BlockTotals(
      operators: part.count, parameters: part.reduce(0) { $0 + $1.parameters },
      macs: part.reduce(0) { $0 + $1.macs },
      activationBytes: part.reduce(0) { $0 + $1.activationBytes },
      keptBytes: part.reduce(0) { $0 + $1.keptBytes }, outputShape: last.outputShape,
      receptiveField: last.receptiveField)
  }
}
