import GraphIR
import Ops
import TensorCore

/// ResNet for CIFAR: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016,
/// arXiv:1512.03385, section 4.2.
///
/// - 6n + 2 layers, three stages of 2n, 16, 32 and 64 maps:  ``logits(_:classes:in:)``
/// - Shortcuts without parameters, option A:                 `paddedSubsample`
/// - Table 6:                                                ``entries``
///
/// Deviation: none known. Names follow torchvision's ResNet.
package struct ResNetCIFAR: Architecture {
  var n: Int  // residual blocks of a stage
  var width = 16  // channels of the first stage

  package static let settings: [Setting<ResNetCIFAR>] = [
    .depth(\.n) { _ in DepthFormula(6, plus: 2) },
    .integer("width", \.width, in: 1...4096, "channels of the first stage; each later stage doubles them"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.batchNormReLU("bn1", net.conv("conv1", image, to: width, kernel: 3, padding: 1))
    for stage in 0..<3 {  // 32×32, 16×16, 8×8
      let layer = net["layer\(stage + 1)"]
      for i in 0..<n {
        x = try block(x, to: width << stage, stride: stage > 0 && i == 0 ? 2 : 1, in: layer[i])
      }
    }
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }

  private func block(
    _ x: Value, to channels: Int, stride: Int, in net: Scope
  ) throws(GraphError) -> Value {
    let y = try net.basicResidual(x, to: channels, stride: stride)
    let shortcut = stride == 1 ? x : try net.paddedSubsample(x, to: channels, stride: stride)
    return try net.relu(net.sum(y, shortcut))
  }
}
