import Engine
import GraphIR
import Kernels
import Ops
import Support
import TensorCore
import Testing

/// Every operator's backward pass.
///
/// Before the operator stands a convolution, whose gradient is right only if the operator's input
/// gradient is; behind it, a linear layer.
@Suite struct GradientTests {
  /// A step in float32 against a reference in double: rounding, and no more.
  static let tolerance = 2e-5

  /// A chain of residual blocks, one of them read again at the end: gradients along the shortcuts share memory.
  private static func chain(_ x: Value, _ net: Scope) throws(GraphError) -> Value {
    var outputs = [x]
    for block in 0..<3 {
      let (here, x) = (net[block], outputs[block])
      let y = try here.batchNorm("norm", here.conv("conv", x, to: x.shape.channels, kernel: 1))
      outputs.append(try block == 1 ? net.sum(x, y) : net.relu(net.sum(y, x)))
    }
    return try net.concat([outputs[3], net.tanh(net.sum(outputs[2], outputs[1]))])
  }

  static let operators: [(name: String, build: @Sendable (Value, Scope) throws(GraphError) -> Value)] = [
    ("relu", { x, net throws(GraphError) in try net.relu(x) }),
    ("tanh", { x, net throws(GraphError) in try net.tanh(x, amplitude: 1.7159, slope: 2.0 / 3) }),
    ("relu6", { x, net throws(GraphError) in try net.relu6(net.scale(x, by: 4)) }),
    ("leaky relu", { x, net throws(GraphError) in try net.leakyReLU(x, slope: 0.1) }),
    ("sigmoid", { x, net throws(GraphError) in try net.sigmoid(x) }),
    ("hard sigmoid", { x, net throws(GraphError) in try net.hardSigmoid(net.scale(x, by: 3)) }),
    ("hard swish", { x, net throws(GraphError) in try net.hardSwish(net.scale(x, by: 3)) }),
    ("silu", { x, net throws(GraphError) in try net.silu(x) }),
    ("gelu", { x, net throws(GraphError) in try net.gelu(x) }),
    ("gelu tanh", { x, net throws(GraphError) in try net.activate(x, .geluTanh) }),
    (
      "norm silu", { x, net throws(GraphError) in try net.silu(net.batchNorm("norm", x, momentum: 0.01)) }
    ),
    (
      "norm and sum hard swish",
      { x, net throws(GraphError) in try net.hardSwish(net.sum(net.batchNorm("norm", x), x)) }
    ),
    (
      "linear gelu",
      { x, net throws(GraphError) in try net.gelu(net.linear("l", net.flatten(x), to: 20)) }
    ),
    (
      "pointwise linear",
      { x, net throws(GraphError) in try net.gelu(net.pointwiseLinear("l", x, to: 33)) }
    ),
    (
      "split",
      { x, net throws(GraphError) in
        let parts = try net.split(x, [8, 4, 7])
        let c = try net.conv("c", parts[1], to: 8, kernel: 3, padding: 1)
        return try net.concat([net.sum(parts[0], c), parts[2], net.slice(parts[0], 3..<7)])
      }
    ),
    ("slice", { x, net throws(GraphError) in try net.slice(x, 2..<13) }),
    (
      "slice and whole",
      { x, net throws(GraphError) in try net.concat([net.tanh(x), net.slice(x, 1..<4), x]) }
    ),
    (
      "shuffle 2",
      { x, net throws(GraphError) in try net.tanh(net.channelShuffle(net.slice(x, 0..<18), groups: 2)) }
    ),
    (
      "shuffle 3",
      { x, net throws(GraphError) in
        let part = try net.slice(x, 0..<18)
        return try net.sum(part, net.channelShuffle(part, groups: 3))
      }
    ),
    (
      "shuffled concat",
      { x, net throws(GraphError) in
        let y = try net.conv("c", net.slice(x, 9..<19), to: 9, kernel: 1)
        let z = try net.channelShuffle(net.concat([net.slice(x, 0..<9), y]), groups: 2)
        let parts = try net.split(z, [9, 9])
        let w = try net.channelShuffle(net.concat([parts[1], net.relu(parts[1])]), groups: 2)
        return try net.concat([parts[0], net.channelShuffle(net.concat([parts[0], parts[0]]), groups: 2), w])
      }
    ),
    (
      "squeeze and excitation",
      { x, net throws(GraphError) in
        var gate = try net.adaptiveAveragePool(x, to: 1)
        gate = try net.silu(net.conv("fc1", gate, to: 5, kernel: 1, bias: true))
        gate = try net.sigmoid(net.conv("fc2", gate, to: 19, kernel: 1, bias: true))
        return try net.relu(net.sum(net.multiply(x, by: gate), x))
      }
    ),
    (
      "multiply",
      { x, net throws(GraphError) in try net.multiply(net.tanh(x), by: net.adaptiveAveragePool(x, to: 1)) }
    ),
    ("scale", { x, net throws(GraphError) in try net.relu(net.sum(x, net.scale(net.tanh(x), by: 0.17))) }),
    (
      "channel scale",
      { x, net throws(GraphError) in
        try net.sum(
          x,
          net.channelScale(
            "scale", net.channelScale("first", x, initial: 1), initial: 1e-6, hasPixelAxes: false))
      }
    ),
    ("layer norm", { x, net throws(GraphError) in try net.sum(net.layerNorm("norm", x), x) }),
    (
      "layer norm of vectors",
      { x, net throws(GraphError) in try net.layerNorm("norm", net.globalAveragePool(net.tanh(x))) }
    ),
    (
      "stochastic depth",
      { x, net throws(GraphError) in try net.sum(net.stochasticDepth(net.tanh(x), rate: 0.4), x) }
    ),
    ("global pool", { x, net throws(GraphError) in try net.globalAveragePool(x) }),
    ("adaptive pool", { x, net throws(GraphError) in try net.adaptiveAveragePool(x, to: 4) }),
    ("sum", { x, net throws(GraphError) in try net.sum(x, net.tanh(x)) }),
    ("sum twice", { x, net throws(GraphError) in try net.relu(net.sum(x, x)) }),
    ("sum twice, no ReLU", { x, net throws(GraphError) in try net.sum(x, x) }),
    (
      "norm and its own input",
      { x, net throws(GraphError) in try net.relu(net.sum(net.batchNorm("n", x), x)) }
    ),
    (
      "norm and a shortcut",
      { x, net throws(GraphError) in
        try net.sum(x, net.batchNorm("n", net.conv("c", x, to: x.shape.channels, kernel: 1)))
      }
    ),
    ("chain of shortcuts", { x, net throws(GraphError) in try chain(x, net) }),
    ("batch norm", { x, net throws(GraphError) in try net.batchNorm("norm", x) }),
    ("batch norm relu", { x, net throws(GraphError) in try net.batchNormReLU("norm", x, epsilon: 1e-3) }),
    (
      "concat",
      { x, net throws(GraphError) in
        try net.concat([net.tanh(x), x, net.concat([net.relu(x), x]), net.conv("c", x, to: 3, kernel: 1)])
      }
    ),
    ("dropout", { x, net throws(GraphError) in try net.dropout(x, rate: 0.3) }),
    (
      "lrn",
      { x, net throws(GraphError) in
        try net.localResponseNorm("lrn", x, size: 5, alpha: 0.5, beta: 0.75, bias: 2)
      }
    ),
    (
      "lrn even",
      { x, net throws(GraphError) in
        try net.localResponseNorm("lrn", x, size: 4, alpha: 0.5, beta: 0.6, bias: 1)
      }
    ),
    ("max pool", { x, net throws(GraphError) in try net.maxPool(x, kernel: 3, stride: 2, padding: 1) }),
    (
      "max pool ceil",
      { x, net throws(GraphError) in
        try net.maxPool(x, kernel: 3, stride: 2, ceilMode: true)
      }
    ),
    ("max pool 1", { x, net throws(GraphError) in try net.maxPool(x, kernel: 3, stride: 1, padding: 1) }),
    (
      "average pool",
      { x, net throws(GraphError) in
        try net.averagePool(x, kernel: 3, stride: 2, padding: 1, ceilMode: true)
      }
    ),
    (
      "average pool inside",
      { x, net throws(GraphError) in
        try net.averagePool(x, kernel: 3, stride: 1, padding: 1, countsPadding: false)
      }
    ),
    (
      "linear relu",
      { x, net throws(GraphError) in
        try net.relu(net.linear("l", net.flatten(x), to: 70))
      }
    ),
    (
      "affine",
      { x, net throws(GraphError) in
        try net.channelAffine(
          "a", x, scale: (0..<19).map { 1 + 0.1 * Float($0) }, shift: .init(repeating: 0.3, count: 19))
      }
    ),
    ("padded subsample", { x, net throws(GraphError) in try net.paddedSubsample(x, to: 24, stride: 2) }),
    (
      "zeros behind",
      { x, net throws(GraphError) in try net.paddedSubsample(x, to: 24, stride: 1, zeros: .behind) }
    ),
    ("subsample", { x, net throws(GraphError) in try net.subsample("s", x, size: 2) }),
    (
      "radial basis",
      { x, net throws(GraphError) in
        try net.radialBasis("r", net.tanh(net.linear("l", net.flatten(x), to: 12)), to: 9)
      }
    ),
    (
      "mapped convolution",
      { x, net throws(GraphError) in
        try net.mappedConv("m", x, sources: [[0, 2, 5], [1], [3, 4, 18], [0, 1, 2, 3]], kernel: 3)
      }
    ),
  ]

  private static func network(_ name: String) throws -> Graph {
    let build = try #require(operators.first { $0.name == name }).build
    return try Graph.build(input: [3, 2, 7, 8]) { (image, net) throws(GraphError) in
      let x = try net.conv("stem", image, to: 19, kernel: 3, padding: 1)
      let y = try build(x, net["op"])
      return try net.linear("head", y.shape.rank == 4 ? net.flatten(y) : y, to: 5)
    }
  }

  @Test func everyOperatorIsTested() throws {
    let kinds = try GradientTests.operators.reduce(into: Set<String>()) {
      $0.formUnion(try GradientTests.network($1.name).operatorKinds)
    }
    #expect(try kinds == OperatorKinds.declared())
  }

  @Test(arguments: operators.map(\.name)) func operatorEqualsReference(name: String) throws {
    let finding = try GradientCheck.worst(GradientTests.network(name), name: name)
    #expect(finding.error < GradientTests.tolerance, "\(finding)")
  }

  /// Random convolutions, with and without ReLU and further readers of their input, for each way to compute the
  /// gradient of the input.
  @Test(arguments: 0..<100) func convolutionEqualsReference(seed: Int) throws {
    var generator = Generator("gradients of a convolution \(seed)")
    var graph: Graph?
    var problem = ""
    while graph == nil {
      let isDepthwise = generator.pick([true, false, false])
      let groups = generator.pick(isDepthwise ? [2, 16, 19] : [1, 1, 1, 2, 4])
      let inputs = groups * (isDepthwise ? 1 : generator.pick([1, 2, 3, 5, 16, 17]))
      let outputs = groups * (isDepthwise ? 1 : generator.pick([1, 4, 7, 12, 13, 33]))
      let kernel = generator.pick([1, 2, 3, 3, 5, 7])
      let axis = WindowAxis(
        kernel: kernel, stride: generator.pick([1, 1, 1, 2, 3]), leadingPadding: generator.pick([0, 1, 2]),
        trailingPadding: generator.pick([0, 1, 2]), dilation: generator.pick([1, 1, 1, 2]))
      var other = axis
      if Bool.random(using: &generator) { other.kernel = generator.pick([1, 3]) }
      let window = Window(height: axis, width: other)
      let rectifies = Bool.random(using: &generator)
      let fansOut = Bool.random(using: &generator)
      let bias = Bool.random(using: &generator)
      let size = generator.pick([4, 5, 7, 9])
      problem = "\(inputs) to \(outputs), \(window), groups \(groups), ReLU \(rectifies), fan-out \(fansOut)"
      graph = try? Graph.build(input: [2, 2, size, size + 1]) { (image, net) throws(GraphError) in
        let x = try net.conv("stem", image, to: inputs, kernel: 1)
        var y = try net.conv("conv", x, to: outputs, window: window, groups: groups, bias: bias)
        if rectifies { y = try net.relu(y) }
        y = try net.linear("head", net.globalAveragePool(y), to: 3)
        return fansOut ? try net.sum(y, net.linear("side", net.globalAveragePool(x), to: 3)) : y
      }
    }
    let network = try #require(graph)
    for disabled: Set<String> in [
      [], [Convolution.flippedGradient], ConvolutionAlgorithm.winogradNames,
    ] {
      let finding = try GradientCheck.worst(network, name: "values \(seed)", disabled: disabled)
      #expect(finding.error < GradientTests.tolerance, "\(finding), \(problem), without \(disabled)")
    }
    let finding = try GradientCheck.worst(network, name: "values \(seed)", convolution: .openBLAS)
    #expect(finding.error < GradientTests.tolerance, "\(finding), \(problem), through OpenBLAS")
  }
}
