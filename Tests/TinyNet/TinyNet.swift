import GraphIR
import Ops
import Recipes
import TensorCore
import Zoo

/// A family of its own, outside `Models/`: everything that the zoo, training and the reports need to know of it stands
/// in this folder.
///
/// - One convolution, one pool, one linear layer
/// - Radial basis units with codes that count in binary: ``fixedBuffers(classes:)``
package struct TinyNet: Architecture {
  var width = 4  // feature maps of the convolution
  static let bits = 6

  package static let settings: [Setting<TinyNet>] = [
    .integer("width", \.width, in: 1...64, "feature maps of the convolution")
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.conv("conv", image, to: width, kernel: 3, padding: 1)  // 8×8
    x = try net.maxPool(net.batchNormReLU("norm", x), kernel: 2, stride: 2)  // 4×4
    x = try net.tanh(net.linear("fc", net.flatten(x), to: TinyNet.bits))
    return try net.radialBasis("output", x, to: classes)
  }

  package func fixedBuffers(classes: Int) -> [String: [Float]] {
    let codes = (0..<classes).flatMap { label in (0..<TinyNet.bits).map { Float(label >> $0 & 1) * 2 - 1 } }
    return ["output.codes": codes]
  }

  /// The source that tools see calls the ReLU as a function.
  package var frameworkSource: FrameworkSource { .functions { $0 == "relu" } }
}
