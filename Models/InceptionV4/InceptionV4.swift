import GraphIR
import Ops
import TensorCore

/// Inception V4: Szegedy, Ioffe, Vanhoucke, Alemi, "Inception-v4, Inception-ResNet and the impact of residual
/// connections on learning", AAAI 2017, arXiv:1602.07261.
///
/// - Overall, figure 9:                             ``logits(_:classes:in:)``
/// - Stem, figure 3:                                ``stem(_:in:)``
/// - Inception-A, -B, -C, figures 4, 5, 6:          ``inceptionA(_:in:)``, ``inceptionB(_:in:)``, ``inceptionC(_:in:)``
/// - Reduction-A, -B, figures 7, 8:                 ``reductionA(_:in:)``, ``reductionB(_:in:)``
/// - Modules of each kind, figure 9:                ``modules``
///
/// Deviation: none known. Names and order of layers follow timm.
package struct InceptionV4: Architecture {
  var modules = [4, 7, 3]  // Inception-A, -B, -C
  var dropout = 0.2

  package static let settings: [Setting<InceptionV4>] = [
    .integers("modules", \.modules, in: 1...64, "modules A, B and C"),
    .number("dropout", \.dropout, in: 0...1, "share of features dropped during training"),
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    let features = net["features"]
    var x = try stem(image, in: features)  // 35×35
    var next = 6
    for _ in 0..<modules[0] {
      x = try inceptionA(x, in: features[next])
      next += 1
    }
    x = try reductionA(x, in: features[next])  // 17×17
    next += 1
    for _ in 0..<modules[1] {
      x = try inceptionB(x, in: features[next])
      next += 1
    }
    x = try reductionB(x, in: features[next])  // 8×8
    next += 1
    for _ in 0..<modules[2] {
      x = try inceptionC(x, in: features[next])
      next += 1
    }
    x = try net.dropout(net.globalAveragePool(x), rate: dropout)
    return try net.linear("last_linear", x, to: classes)
  }

  /// Figure 3: three convolutions, then pairs of branches side by side.
  private func stem(_ image: Value, in net: Scope) throws(GraphError) -> Value {
    var x = try net.basicConv("0", image, to: 32, kernel: 3, stride: 2)  // 149×149
    x = try net.basicConv("1", x, to: 32, kernel: 3)  // 147×147
    x = try net.basicConv("2", x, to: 64, kernel: 3, padding: 1)
    let first = net["3"]
    x = try first.concat([
      first.maxPool(x, kernel: 3, stride: 2), first.basicConv("conv", x, to: 96, kernel: 3, stride: 2),
    ])  // 73×73
    let (short, long) = (net["4"]["branch0"], net["4"]["branch1"])
    var three = try short.basicConv("0", x, to: 64, kernel: 1)
    three = try short.basicConv("1", three, to: 96, kernel: 3)
    var seven = try long.basicConv("0", x, to: 64, kernel: 1)
    seven = try long.basicConv("1", seven, to: 64, window: .row(7))
    seven = try long.basicConv("2", seven, to: 64, window: .column(7))
    seven = try long.basicConv("3", seven, to: 96, kernel: 3)
    x = try net["4"].concat([three, seven])  // 71×71
    let last = net["5"]
    return try last.concat([
      last.basicConv("conv", x, to: 192, kernel: 3, stride: 2), last.maxPool(x, kernel: 3, stride: 2),
    ])  // 35×35
  }

  /// Figure 4, on 35×35: 1×1; 3×3; two 3×3; pool.
  private func inceptionA(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 96, kernel: 1)
    var three = try net["branch1"].basicConv("0", x, to: 64, kernel: 1)
    three = try net["branch1"].basicConv("1", three, to: 96, kernel: 3, padding: 1)
    var double = try net["branch2"].basicConv("0", x, to: 64, kernel: 1)
    double = try net["branch2"].basicConv("1", double, to: 96, kernel: 3, padding: 1)
    double = try net["branch2"].basicConv("2", double, to: 96, kernel: 3, padding: 1)
    return try net.concat([one, three, double, net.averagedBranch("branch3", x, to: 96)])
  }

  /// Figure 7 with k, l, m, n = 192, 224, 256, 384: 35×35 to 17×17.
  private func reductionA(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let three = try net.basicConv("branch0", x, to: 384, kernel: 3, stride: 2)
    var double = try net["branch1"].basicConv("0", x, to: 192, kernel: 1)
    double = try net["branch1"].basicConv("1", double, to: 224, kernel: 3, padding: 1)
    double = try net["branch1"].basicConv("2", double, to: 256, kernel: 3, stride: 2)
    return try net.concat([three, double, net["branch2"].maxPool(x, kernel: 3, stride: 2)])
  }

  /// Figure 5, on 17×17: every 7×7 as 1×7 and 7×1.
  private func inceptionB(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 384, kernel: 1)
    var seven = try net["branch1"].basicConv("0", x, to: 192, kernel: 1)
    seven = try net["branch1"].basicConv("1", seven, to: 224, window: .row(7))
    seven = try net["branch1"].basicConv("2", seven, to: 256, window: .column(7))
    var double = try net["branch2"].basicConv("0", x, to: 192, kernel: 1)
    double = try net["branch2"].basicConv("1", double, to: 192, window: .column(7))
    double = try net["branch2"].basicConv("2", double, to: 224, window: .row(7))
    double = try net["branch2"].basicConv("3", double, to: 224, window: .column(7))
    double = try net["branch2"].basicConv("4", double, to: 256, window: .row(7))
    return try net.concat([one, seven, double, net.averagedBranch("branch3", x, to: 128)])
  }

  /// Figure 8: 17×17 to 8×8.
  private func reductionB(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    var three = try net["branch0"].basicConv("0", x, to: 192, kernel: 1)
    three = try net["branch0"].basicConv("1", three, to: 192, kernel: 3, stride: 2)
    var seven = try net["branch1"].basicConv("0", x, to: 256, kernel: 1)
    seven = try net["branch1"].basicConv("1", seven, to: 256, window: .row(7))
    seven = try net["branch1"].basicConv("2", seven, to: 320, window: .column(7))
    seven = try net["branch1"].basicConv("3", seven, to: 320, kernel: 3, stride: 2)
    return try net.concat([three, seven, net["branch2"].maxPool(x, kernel: 3, stride: 2)])
  }

  /// Figure 6, on 8×8: 1×3 and 3×1 side by side, twice.
  private func inceptionC(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    let one = try net.basicConv("branch0", x, to: 256, kernel: 1)
    let single = try net.basicConv("branch1_0", x, to: 384, kernel: 1)
    let singleRow = try net.basicConv("branch1_1a", single, to: 256, window: .row(3))
    let singleColumn = try net.basicConv("branch1_1b", single, to: 256, window: .column(3))
    var double = try net.basicConv("branch2_0", x, to: 384, kernel: 1)
    double = try net.basicConv("branch2_1", double, to: 448, window: .column(3))
    double = try net.basicConv("branch2_2", double, to: 512, window: .row(3))
    let doubleRow = try net.basicConv("branch2_3a", double, to: 256, window: .row(3))
    let doubleColumn = try net.basicConv("branch2_3b", double, to: 256, window: .column(3))
    return try net.concat([
      one, singleRow, singleColumn, doubleRow, doubleColumn, net.averagedBranch("branch3", x, to: 256),
    ])
  }
}
