import GraphIR
import Ops
import TensorCore

/// Inception-ResNet V2: Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the impact of residual
/// connections on learning", AAAI 2017, arXiv:1602.07261.
///
/// - Overall, figure 15:                                       ``logits(_:classes:in:)``
/// - Inception-ResNet-A, -B, -C, figures 16, 17, 19:           ``moduleA(_:in:)``, ``moduleB(_:in:)``, ``moduleC(_:activates:in:)``
/// - Reduction-A, -B, figures 7, 18:                           ``reductionA(_:in:)``, ``reductionB(_:in:)``
/// - Residuals scaled down before they are added, section 3.3:  `scale`
///
/// Deviation: the published network starts with Inception V3's stem and one module of its kind instead of figure 3, has 10,
/// 20 and 10 modules instead of 5, 10 and 5, and other widths, as the authors' TensorFlow code has. Names and order of layers
/// follow timm.
package struct InceptionResNetV2: Architecture {
  var modules = [10, 20, 10]  // A, B, C
  var scales = ScaleFactors()
  var dropout = 0.2

  /// By what the residuals of the modules A, B and C are multiplied.
  struct ScaleFactors: Hashable, Sendable {
    var a = 0.17
    var b = 0.1
    var c = 0.2
  }

  package static let settings: [Setting<InceptionResNetV2>] = [
    .integers("modules", \.modules, in: 1...128, "modules A, B and C"),
    .number("scaleA", \.scales.a, in: 0...1, "factor of the residuals of modules A"),
    .number("scaleB", \.scales.b, in: 0...1, "factor of the residuals of modules B"),
    .number("scaleC", \.scales.c, in: 0...1, "factor of the residuals of modules C but the last"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try net.basicConv("conv2d_1a", image, to: 32, kernel: 3, stride: 2)  // 149×149
    x = try net.basicConv("conv2d_2a", x, to: 32, kernel: 3)  // 147×147
    x = try net.basicConv("conv2d_2b", x, to: 64, kernel: 3, padding: 1)
    x = try net["maxpool_3a"].maxPool(x, kernel: 3, stride: 2)  // 73×73
    x = try net.basicConv("conv2d_3b", x, to: 80, kernel: 1)
    x = try net.basicConv("conv2d_4a", x, to: 192, kernel: 3)  // 71×71
    x = try net["maxpool_5a"].maxPool(x, kernel: 3, stride: 2)  // 35×35
    x = try first(x, in: net["mixed_5b"])
    for i in 0..<modules[0] { x = try moduleA(x, in: net["repeat"][i]) }
    x = try reductionA(x, in: net["mixed_6a"])  // 17×17
    for i in 0..<modules[1] { x = try moduleB(x, in: net["repeat_1"][i]) }
    x = try reductionB(x, in: net["mixed_7a"])  // 8×8
    for i in 0..<modules[2] - 1 { x = try moduleC(x, activates: true, in: net["repeat_2"][i]) }
    x = try moduleC(x, activates: false, in: net["block8"])
    x = try net.basicConv("conv2d_7b", x, to: 1536, kernel: 1)
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net.linear("classif", x, to: classes)
  }

  /// A module without shortcut, as Inception V3's: 1×1; 5×5; two 3×3; pool.
  private func first(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 96, kernel: 1)
    var five = try net["branch1"].basicConv("0", x, to: 48, kernel: 1)
    five = try net["branch1"].basicConv("1", five, to: 64, kernel: 5, padding: 2)
    var double = try net["branch2"].basicConv("0", x, to: 64, kernel: 1)
    double = try net["branch2"].basicConv("1", double, to: 96, kernel: 3, padding: 1)
    double = try net["branch2"].basicConv("2", double, to: 96, kernel: 3, padding: 1)
    return try net.concat([one, five, double, net.averagedBranch("branch3", x, to: 64)])
  }

  /// Figure 16, on 35×35: 1×1; 3×3; two 3×3.
  private func moduleA(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 32, kernel: 1)
    var three = try net["branch1"].basicConv("0", x, to: 32, kernel: 1)
    three = try net["branch1"].basicConv("1", three, to: 32, kernel: 3, padding: 1)
    var double = try net["branch2"].basicConv("0", x, to: 32, kernel: 1)
    double = try net["branch2"].basicConv("1", double, to: 48, kernel: 3, padding: 1)
    double = try net["branch2"].basicConv("2", double, to: 64, kernel: 3, padding: 1)
    return try net.relu(residual([one, three, double], around: x, scale: scales.a, in: net))
  }

  /// Figure 7 with k, l, m, n = 256, 256, 384, 384: 35×35 to 17×17.
  private func reductionA(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let three = try net.basicConv("branch0", x, to: 384, kernel: 3, stride: 2)
    var double = try net["branch1"].basicConv("0", x, to: 256, kernel: 1)
    double = try net["branch1"].basicConv("1", double, to: 256, kernel: 3, padding: 1)
    double = try net["branch1"].basicConv("2", double, to: 384, kernel: 3, stride: 2)
    return try net.concat([three, double, net["branch2"].maxPool(x, kernel: 3, stride: 2)])
  }

  /// Figure 17, on 17×17: 1×1; 1×7 and 7×1.
  private func moduleB(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 192, kernel: 1)
    var seven = try net["branch1"].basicConv("0", x, to: 128, kernel: 1)
    seven = try net["branch1"].basicConv("1", seven, to: 160, window: .row(7))
    seven = try net["branch1"].basicConv("2", seven, to: 192, window: .column(7))
    return try net.relu(residual([one, seven], around: x, scale: scales.b, in: net))
  }

  /// Figure 18: 17×17 to 8×8.
  private func reductionB(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    var large = try net["branch0"].basicConv("0", x, to: 256, kernel: 1)
    large = try net["branch0"].basicConv("1", large, to: 384, kernel: 3, stride: 2)
    var small = try net["branch1"].basicConv("0", x, to: 256, kernel: 1)
    small = try net["branch1"].basicConv("1", small, to: 288, kernel: 3, stride: 2)
    var double = try net["branch2"].basicConv("0", x, to: 256, kernel: 1)
    double = try net["branch2"].basicConv("1", double, to: 288, kernel: 3, padding: 1)
    double = try net["branch2"].basicConv("2", double, to: 320, kernel: 3, stride: 2)
    return try net.concat([large, small, double, net["branch3"].maxPool(x, kernel: 3, stride: 2)])
  }

  /// Figure 19, on 8×8: 1×1; 1×3 and 3×1.
  ///
  /// The last one is neither scaled nor activated.
  private func moduleC(_ x: Value, activates: Bool, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 192, kernel: 1)
    var three = try net["branch1"].basicConv("0", x, to: 192, kernel: 1)
    three = try net["branch1"].basicConv("1", three, to: 224, window: .row(3))
    three = try net["branch1"].basicConv("2", three, to: 256, window: .column(3))
    let y = try residual([one, three], around: x, scale: activates ? scales.c : 1, in: net)
    return activates ? try net.relu(y) : y
  }

  /// The branches through a 1×1 without activation, times `scale`, plus the input.
  private func residual(
    _ branches: [Value], around x: Value, scale: Double, in net: Scope
  ) throws(GraphError) -> Value {
    let y = try net.conv("conv2d", net.concat(branches), to: x.shape.channels, kernel: 1, bias: true)
    return try net.sum(scale == 1 ? y : net.scale(y, by: scale), x)
  }
}
