import GraphIR
import Ops
import TensorCore

/// LeNet-5 as published: LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document
/// recognition", Proceedings of the IEEE 86(11), 1998, section II.B.
///
/// - C1, C5: convolutions 5×5                      `conv`
/// - S2, S4: one coefficient and bias per map      `subsample`
/// - C3 by Table I                                 ``mapsOfC3``
/// - F6 and the squashing function, Appendix A     ``squashed(_:in:)``
/// - Radial basis units, eq. 7                     `radialBasis`; the codes are ``DigitCodes``
///
/// Deviation: the codes are bitmaps in the style of the paper, not the paper's pixels; and the output is the negated
/// distance of eq. 7, so that the likeliest class has the largest score, as in every other network.
package struct LeNet5: Architecture {
  var c5Maps = 120
  private let amplitude: Float = 1.7159  // A of the squashing function
  private let slope: Float = 2 / 3  // S of the squashing function

  package static let settings: [Setting<LeNet5>] = [
    .integer("c5Maps", \.c5Maps, in: 1...65_536, "feature maps of C5")
  ]

  package func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value {
    var x = try squashed(net.conv("c1", image, to: 6, kernel: 5, bias: true), in: net["c1"])  // 28×28
    x = try squashed(net.subsample("s2", x, size: 2), in: net["s2"])  // 14×14
    x = try squashed(net.mappedConv("c3", x, sources: LeNet5.mapsOfC3, kernel: 5), in: net["c3"])  // 10×10
    x = try squashed(net.subsample("s4", x, size: 2), in: net["s4"])  // 5×5
    x = try net.fitted(x, to: 5)  // no-op for 32×32 images
    x = try squashed(net.conv("c5", x, to: c5Maps, kernel: 5, bias: true), in: net["c5"])  // 1×1
    x = try squashed(net.linear("f6", net.flatten(x), to: DigitCodes.bits), in: net["f6"])
    return try net.radialBasis("output", x, to: classes)
  }

  package var layerNames: [String: String] {
    ["c1": "C1", "s2": "S2", "c3": "C3", "s4": "S4", "c5": "C5", "f6": "F6", "output": "OUTPUT"]
  }

  package func fixedBuffers(classes: Int) -> [String: [Float]] {
    ["output.codes": DigitCodes.codes(classes: classes)]
  }

  /// A tanh(S x).
  private func squashed(_ x: Value, in net: Scope) throws(GraphError) -> Value {
    try net.tanh(x, amplitude: amplitude, slope: slope)
  }

  /// Table I: the feature maps of S2 that each feature map of C3 reads.
  static let mapsOfC3: [[Int]] =
    (0..<6).map { contiguous(3, from: $0) }  // columns 0 to 5
    + (0..<6).map { contiguous(4, from: $0) }  // columns 6 to 11
    + [[0, 1, 3, 4], [1, 2, 4, 5], [0, 2, 3, 5]]  // columns 12 to 14
    + [[0, 1, 2, 3, 4, 5]]  // column 15

  /// `count` consecutive feature maps of the six, cyclically; ascending.
  private static func contiguous(_ count: Int, from first: Int) -> [Int] {
    (0..<count).map { (first + $0) % 6 }.sorted()
  }
}
