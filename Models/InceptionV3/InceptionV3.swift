import GraphIR
import Ops
import TensorCore

/// Inception V3: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, "Rethinking the Inception architecture for
/// computer vision", CVPR 2016, arXiv:1512.00567.
///
/// - Factorization into smaller convolutions, §3.1, figure 5:   ``inceptionA(_:projection:in:)``
/// - Asymmetric convolutions, §3.2, figure 6:                   ``inceptionC(_:width:in:)``, n = 7
/// - Expanded filter banks, §6, figure 7:                       ``inceptionE(_:in:)``
/// - Efficient grid size reduction, §5, figure 10:              ``inceptionB(_:in:)``, ``inceptionD(_:in:)``
/// - Auxiliary classifier, §4:                                  ``auxiliaryHead(_:classes:in:)``
///
/// Deviation: figure 5 replaces every 5×5 by two 3×3; the published network keeps one 5×5 in each A module, as its
/// TensorFlow original does. Names and order of layers follow torchvision.
package struct InceptionV3: Architecture {
  /// Whether the network renormalizes its images; the published weights need it.
  var transformInput: Bool
  var dropout = 0.5

  package static let settings: [Setting<InceptionV3>] = [
    .flag(
      "transformInput", \.transformInput,
      "whether the network renormalizes its images to mean 0.5, deviation 0.5"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = transformInput ? try net.transformedInput(image) : image
    x = try net.basicConv("Conv2d_1a_3x3", x, to: 32, kernel: 3, stride: 2)  // 149×149
    x = try net.basicConv("Conv2d_2a_3x3", x, to: 32, kernel: 3)  // 147×147
    x = try net.basicConv("Conv2d_2b_3x3", x, to: 64, kernel: 3, padding: 1)
    x = try net["maxpool1"].maxPool(x, kernel: 3, stride: 2)  // 73×73
    x = try net.basicConv("Conv2d_3b_1x1", x, to: 80, kernel: 1)
    x = try net.basicConv("Conv2d_4a_3x3", x, to: 192, kernel: 3)  // 71×71
    x = try net["maxpool2"].maxPool(x, kernel: 3, stride: 2)  // 35×35
    x = try inceptionA(x, projection: 32, in: net["Mixed_5b"])
    x = try inceptionA(x, projection: 64, in: net["Mixed_5c"])
    x = try inceptionA(x, projection: 64, in: net["Mixed_5d"])
    x = try inceptionB(x, in: net["Mixed_6a"])  // 17×17
    x = try inceptionC(x, width: 128, in: net["Mixed_6b"])
    x = try inceptionC(x, width: 160, in: net["Mixed_6c"])
    x = try inceptionC(x, width: 160, in: net["Mixed_6d"])
    x = try inceptionC(x, width: 192, in: net["Mixed_6e"])
    try net.auxiliary("AuxLogits", lossWeight: 0.4) { head throws(GraphError) in
      try auxiliaryHead(x, classes: classes, in: head)
    }
    x = try inceptionD(x, in: net["Mixed_7a"])  // 8×8
    x = try inceptionE(x, in: net["Mixed_7b"])
    x = try inceptionE(x, in: net["Mixed_7c"])
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net.linear("fc", x, to: classes)
  }

  /// Figure 5, on 35×35: 1×1; 5×5; two 3×3; pool.
  private func inceptionA(_ x: Value, projection: Int, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch1x1", x, to: 64, kernel: 1)
    var five = try net.basicConv("branch5x5_1", x, to: 48, kernel: 1)
    five = try net.basicConv("branch5x5_2", five, to: 64, kernel: 5, padding: 2)
    var double = try net.basicConv("branch3x3dbl_1", x, to: 64, kernel: 1)
    double = try net.basicConv("branch3x3dbl_2", double, to: 96, kernel: 3, padding: 1)
    double = try net.basicConv("branch3x3dbl_3", double, to: 96, kernel: 3, padding: 1)
    return try net.concat([one, five, double, pooled(x, to: projection, in: net)])
  }

  /// Figure 10, 35×35 to 17×17: 3×3, two 3×3 and a pool, all with stride 2.
  private func inceptionB(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let three = try net.basicConv("branch3x3", x, to: 384, kernel: 3, stride: 2)
    var double = try net.basicConv("branch3x3dbl_1", x, to: 64, kernel: 1)
    double = try net.basicConv("branch3x3dbl_2", double, to: 96, kernel: 3, padding: 1)
    double = try net.basicConv("branch3x3dbl_3", double, to: 96, kernel: 3, stride: 2)
    return try net.concat([three, double, net.maxPool(x, kernel: 3, stride: 2)])
  }

  /// Figure 6 with n = 7, on 17×17: every 7×7 as 1×7 and 7×1.
  private func inceptionC(_ x: Value, width: Int, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch1x1", x, to: 192, kernel: 1)
    var seven = try net.basicConv("branch7x7_1", x, to: width, kernel: 1)
    seven = try net.basicConv("branch7x7_2", seven, to: width, window: .row(7))
    seven = try net.basicConv("branch7x7_3", seven, to: 192, window: .column(7))
    var double = try net.basicConv("branch7x7dbl_1", x, to: width, kernel: 1)
    double = try net.basicConv("branch7x7dbl_2", double, to: width, window: .column(7))
    double = try net.basicConv("branch7x7dbl_3", double, to: width, window: .row(7))
    double = try net.basicConv("branch7x7dbl_4", double, to: width, window: .column(7))
    double = try net.basicConv("branch7x7dbl_5", double, to: 192, window: .row(7))
    return try net.concat([one, seven, double, pooled(x, to: 192, in: net)])
  }

  /// Grid reduction 17×17 to 8×8: 3×3, 7×7 and 3×3, and a pool.
  private func inceptionD(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    var three = try net.basicConv("branch3x3_1", x, to: 192, kernel: 1)
    three = try net.basicConv("branch3x3_2", three, to: 320, kernel: 3, stride: 2)
    var seven = try net.basicConv("branch7x7x3_1", x, to: 192, kernel: 1)
    seven = try net.basicConv("branch7x7x3_2", seven, to: 192, window: .row(7))
    seven = try net.basicConv("branch7x7x3_3", seven, to: 192, window: .column(7))
    seven = try net.basicConv("branch7x7x3_4", seven, to: 192, kernel: 3, stride: 2)
    return try net.concat([three, seven, net.maxPool(x, kernel: 3, stride: 2)])
  }

  /// Figure 7, on 8×8: 1×3 and 3×1 in parallel, twice.
  private func inceptionE(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch1x1", x, to: 320, kernel: 1)
    let three = try net.basicConv("branch3x3_1", x, to: 384, kernel: 1)
    var double = try net.basicConv("branch3x3dbl_1", x, to: 448, kernel: 1)
    double = try net.basicConv("branch3x3dbl_2", double, to: 384, kernel: 3, padding: 1)
    return try net.concat([
      one,
      net.basicConv("branch3x3_2a", three, to: 384, window: .row(3)),
      net.basicConv("branch3x3_2b", three, to: 384, window: .column(3)),
      net.basicConv("branch3x3dbl_3a", double, to: 384, window: .row(3)),
      net.basicConv("branch3x3dbl_3b", double, to: 384, window: .column(3)),
      pooled(x, to: 192, in: net),
    ])
  }

  /// The branch that averages, then projects.
  private func pooled(_ x: Value, to channels: Int, in net: Scope) throws(GraphError) -> Value {
    try net.basicConv(
      "branch_pool", net.averagePool(x, kernel: 3, stride: 1, padding: 1), to: channels, kernel: 1)
  }

  /// §4, on the last 17×17 feature maps.
  ///
  /// Feature maps of small images are pooled to at least 5×5.
  private func auxiliaryHead(_ x: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var y = try net.averagePool(net.atLeast(5, x), kernel: 5, stride: 3)  // 5×5
    y = try net.basicConv("conv0", y, to: 128, kernel: 1)
    y = try net.basicConv("conv1", net.atLeast(5, y), to: 768, kernel: 5)  // 1×1
    return try net.linear("fc", net.globalAveragePool(y), to: classes)
  }
}

/// torchvision writes every ReLU and the poolings inside the inception modules as functions.
extension InceptionV3 {
  package var frameworkSource: FrameworkSource {
    .functions { $0.hasSuffix("relu") || $0.hasPrefix("Mixed_") && $0.hasSuffix("pool") }
  }
}
