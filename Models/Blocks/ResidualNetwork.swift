import GraphIR
import Ops
import TensorCore

extension Scope {
  /// What ResNet, Wide ResNet and ResNeXt share on ImageNet: conv1 with its pool, four stages that halve the
  /// resolution, global average pooling, linear layer (He et al., 2016, table 1).
  ///
  /// `block` builds one residual block, in its own scope.
  func residualNetwork(
    _ image: Value, stem: Int, blocks: [Int], classes: Int,
    block: (_ x: Value, _ stage: Int, _ stride: Int, _ net: Scope) throws(GraphError) -> Value
  ) throws(GraphError) -> Value {
    var x = try conv("conv1", image, to: stem, kernel: 7, stride: 2, padding: 3)  // 112×112
    x = try batchNormReLU("bn1", x)
    x = try maxPool(x, kernel: 3, stride: 2, padding: 1)  // 56×56
    x = try residualStages(x, blocks: blocks, block: block)
    return try linear("fc", globalAveragePool(x), to: classes)
  }

  /// The stages alone: `layer1` to `layer4`, the first with stride 1.
  func residualStages(
    _ x: Value, blocks: [Int],
    block: (_ x: Value, _ stage: Int, _ stride: Int, _ net: Scope) throws(GraphError) -> Value
  ) throws(GraphError) -> Value {
    var x = x
    for (stage, count) in blocks.enumerated() {
      let layer = self["layer\(stage + 1)"]
      for i in 0..<count {
        let stride = stage > 0 && i == 0 ? 2 : 1  // conv3_1, conv4_1, conv5_1
        x = try block(x, stage, stride, layer[i])
      }
    }
    return x
  }
}
