import GraphIR
import Ops
import TensorCore

/// Res2Net: Gao, Cheng, Zhao, Zhang, Yang, Torr, "Res2Net: a new multi-scale backbone architecture", TPAMI 2021,
/// arXiv:1904.01169.
///
/// - Res2Net module, figure 2 b, eq. 1:   ``bottleneck(_:width:to:stride:in:)``
/// - Scale s, width w, section 3.2:       ``scale``, ``baseWidth``
/// - ResNet's frame otherwise:            `residualNetwork`
///
/// Deviation: none known; the first block of a stage adds no part to the next and averages the last, as in the authors' code.
/// Checkpoint names follow timm.
package struct Res2Net: Architecture {
  var blocks: [Int]  // of the four stages
  var baseWidth = 26  // w, channels of a part in the first stage; each later stage doubles them
  var scale = 4  // s, parts of the channels between the two 1×1

  package static let settings: [Setting<Res2Net>] = [
    .bottleneckDepth(\.blocks),
    .integers("blocks", \.blocks, in: 1...512, "residual blocks of the four stages"),
    .integer(
      "baseWidth", \.baseWidth, in: 1...512,
      "channels of a part in the first stage, w; each later stage doubles them"),
    .integer("scale", \.scale, in: 2...32, "parts of the channels, s"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    try net.residualNetwork(image, stem: 64, blocks: blocks, classes: classes) {
      (x, stage, stride, net) throws(GraphError) in
      let channels = 256 << stage
      let y = try bottleneck(x, width: baseWidth << stage, to: channels, stride: stride, in: net)
      return try net.relu(net.sum(y, net.projectionShortcut(x, to: channels, stride: stride)))
    }
  }

  /// 1×1 to s parts; each part but the last through a 3×3 together with the result of the part before; 1×1.
  private func bottleneck(
    _ x: Value, width: Int, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let isFirst = stride > 1 || x.shape.channels != channels  // of its stage
    let y = try net.batchNormReLU("bn1", net.conv("conv1", x, to: scale * width, kernel: 1))
    let parts = try net.split(y, Array(repeating: width, count: scale))
    var results: [Value] = []
    for i in 0..<scale - 1 {
      let part = if let last = results.last, !isFirst { try net.sum(last, parts[i]) } else { parts[i] }
      results.append(
        try net.convNorm(
          .init("convs.\(i)", "bns.\(i)"), part, to: width, kernel: 3, stride: stride, activation: .relu))
    }
    results.append(
      isFirst
        ? try net.averagePool(parts[scale - 1], kernel: 3, stride: stride, padding: 1) : parts[scale - 1])
    return try net.batchNorm("bn3", net.conv("conv3", net.concat(results), to: channels, kernel: 1))
  }
}
