import GraphIR
import Ops
import TensorCore

/// SE-ResNet for CIFAR: Hu, Shen, Albanie, Sun, Wu, "Squeeze-and-excitation networks", TPAMI 2020, arXiv:1709.01507,
/// section 5.1.
///
/// - Squeeze, excitation, scale, eq. 2 to 4:                          `squeezeExcitation`
/// - 9n + 2 layers of pre-activation ResNet, which the paper extends:  `preActivationBottleneck`
///
/// Deviation: none known. Names follow torchvision's ResNet and timm's squeeze-and-excitation.
package struct SEResNetCIFAR: Architecture {
  var n: Int  // bottlenecks of a stage
  var reduction = 16  // r

  package static let settings: [Setting<SEResNetCIFAR>] = [
    .depth(\.n) { _ in DepthFormula(9, plus: 2) },
    .integer("reduction", \.reduction, in: 1...64, "channels per squeezed channel, r"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.conv("conv1", image, to: 16, kernel: 3, padding: 1)
    x = try net.residualStages(x, blocks: [n, n, n]) { (x, stage, stride, net) throws(GraphError) in
      let (residual, shortcut) = try net.preActivationBottleneck(x, width: 16 << stage, stride: stride)
      let channels = residual.shape.channels
      let scaled = try net["se"].squeezeExcitation(
        residual, SqueezeExcitation(squeezed: channels / reduction))
      return try net.sum(scaled, shortcut)
    }
    x = try net.batchNormReLU("bn", x)
    return try net.linear("fc", net.globalAveragePool(x), to: classes)
  }
}
