import Engine
import Glibc
import GraphIR
import Ops
import Support
import TensorCore
import Testing

/// Channels of neighboring layers brought to equal ranges.
@Suite struct EqualizationTests {
  private static func images(_ count: Int) -> [[Float]] {
    var generator = Generator("equalized images")
    return (0..<count).map { _ in generator.floats(3 * 16 * 16) }
  }

  // MARK: What is equalized

  /// Names of the values and of the layers that read them.
  private func pairs(
    _ body: (_ image: Value, _ net: Scope) throws(GraphError) -> Value
  ) throws -> [String] {
    let graph = try Graph.build(input: [1, 3, 16, 16]) { (image, net) throws(GraphError) in
      try net.linear("fc", net.flatten(body(image, net)), to: 4)
    }
    return graph.equalizablePairs(ByteCandidates(graph)).map { "\($0.value) \($0.reader)" }
  }

  /// Two convolutions with an activation between them.
  private func pairs(around activation: Activation) throws -> [String] {
    try pairs { (image, net) throws(GraphError) in
      let x = try net.activate(net.conv("a", image, to: 8, kernel: 3, bias: true), activation)
      return try net.conv("b", x, to: 8, kernel: 1)
    }
  }

  @Test func activationsThatAreHomogeneous() throws {
    for activation in [Activation.identity, .relu, .leakyReLU(slope: 0.1)] {
      #expect(try pairs(around: activation) == ["a b"], "\(activation)")
    }
  }

  @Test(arguments: [
    Activation.relu6, .tanh(), .sigmoid, .hardSigmoid, .hardSwish, .silu, .gelu, .geluTanh,
  ])
  func otherActivationsAreLeftAlone(activation: Activation) throws {
    #expect(try pairs(around: activation) == [])
  }

  /// The definition, at both signs.
  @Test func homogeneityIsWhatTheFunctionsHave() {
    let activations: [Activation] = [
      .identity, .relu, .relu6, .leakyReLU(slope: 0.1), .tanh(), .sigmoid, .hardSigmoid, .hardSwish, .silu,
      .gelu, .geluTanh,
    ]
    for activation in activations {
      let isHomogeneous = [-8, -1, 0.5, 5].allSatisfy { (x: Double) in
        let (scaled, result) = (activation.reference(4 * x), 4 * activation.reference(x))
        return abs(scaled - result) <= 1e-12
      }
      #expect(activation.isPositivelyHomogeneous == isHomogeneous, "\(activation)")
    }
  }

  /// A chain through norms and a depthwise convolution, and the norm in front of a convolution.
  @Test func chainsThroughNormsAreEqualized() throws {
    let found = try pairs { (image, net) throws(GraphError) in
      var x = try net.batchNormReLU("bn1", net.conv("expand", image, to: 8, kernel: 1))
      x = try net.batchNormReLU(
        "bn2", net.conv("depthwise", x, to: 8, kernel: 3, padding: 1, groups: 8))
      x = try net.batchNorm("bn3", net.conv("project", x, to: 6, kernel: 1))
      return try net.conv("next", x, to: 5, kernel: 1)
    }
    #expect(found == ["expand depthwise", "depthwise project", "project next"])
    let first = try pairs { (image, net) throws(GraphError) in
      try net.conv(
        "a", net.batchNormReLU("norm", net.averagePool(image, kernel: 2, stride: 2)), to: 8, kernel: 1)
    }
    #expect(first == ["norm a"])
  }

  /// A shortcut reads the value too, and a sum has no factors of its own.
  @Test func valuesWithTwoReadersAreLeftAlone() throws {
    let found = try pairs { (image, net) throws(GraphError) in
      let x = try net.relu(net.conv("a", image, to: 8, kernel: 3, padding: 1))
      let y = try net["branch"].relu(net.conv("b", x, to: 8, kernel: 3, padding: 1))
      let z = try net.conv("c", y, to: 8, kernel: 3, padding: 1)
      return try net.conv("d", net["end"].relu(net.sum(z, x)), to: 8, kernel: 1)
    }
    #expect(found == ["b c"])
    let branches = try pairs { (image, net) throws(GraphError) in
      let x = try net.relu(net.conv("a", image, to: 8, kernel: 1))
      return try net.concat([net.conv("b", x, to: 4, kernel: 1), net.conv("c", x, to: 4, kernel: 1)])
    }
    #expect(branches == [])
  }

  /// What is pooled or concatenated shares its bytes with other values.
  @Test func valuesBehindOtherOperatorsAreLeftAlone() throws {
    let found = try pairs { (image, net) throws(GraphError) in
      let left = try net.relu(net.conv("a", image, to: 8, kernel: 1))
      let right = try net["right"].relu(net.conv("b", image, to: 8, kernel: 1))
      let x = try net.conv("c", net.concat([left, right]), to: 8, kernel: 1)
      return try net.conv("d", net.maxPool(x, kernel: 2, stride: 2), to: 8, kernel: 1)
    }
    #expect(found == [])
  }

  /// A layer that stays float32 reads floats.
  @Test func layersInFloatsAreLeftAlone() throws {
    let graph = try Self.spread.graph()
    let found = graph.equalizablePairs(ByteCandidates(graph, excluding: ["project"]))
    #expect(found.map(\.reader) == ["depthwise"])
  }

  // MARK: What it computes

  /// A network whose channels have ranges that are far apart.
  private struct SpreadNetwork: ParameterSource {
    /// The ratio of the widest channel to the narrowest.
    var ratio: Float

    func graph() throws -> Graph {
      try Graph.build(input: [1, 3, 16, 16]) { (image, net) throws(GraphError) in
        var x = try net.batchNormReLU("bn1", net.conv("expand", image, to: 32, kernel: 1))
        x = try net.relu(
          net.conv("depthwise", x, to: 32, kernel: 3, padding: 1, groups: 32, bias: true))
        x = try net.relu(net.conv("project", x, to: 24, kernel: 1, bias: true))
        return try net.linear("fc", net.flatten(net.averagePool(x, kernel: 4, stride: 4)), to: 10)
      }
    }

    func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
      try ScaledNoise().fill(parameter, destination)
      /// 1 for the first of 32 channels, ratio for the last.
      func spread(_ channel: Int) -> Float { powf(ratio, Float(channel) / 31) }
      for index in destination.indices {
        switch parameter.name {
        case "bn1.weight", "bn1.bias": destination[index] *= spread(index)
        // Each input channel is an output channel, so what is spread stays spread.
        case "depthwise.bias": destination[index] *= spread(index)
        case "project.weight": destination[index] /= spread(index % 32)
        default: break
        }
      }
    }
  }

  private static let spread = SpreadNetwork(ratio: 1000)

  private func logits(_ graph: Graph, _ parameters: any ParameterSource) throws -> [Float] {
    let network = try ObservedNetwork(graph, parameters: parameters, keeping: [], threads: 1)
    return Self.images(8).flatMap { network.run($0) }
  }

  private func calibration(
    _ graph: Graph, _ parameters: any ParameterSource, _ pairs: [EqualizablePair] = []
  ) throws -> Calibration {
    try Calibration(
      of: graph, parameters: parameters, images: Self.images(8), peaksOf: Set(pairs.map(\.value)), threads: 1)
  }

  private func equalized(_ graph: Graph, _ parameters: any ParameterSource) throws -> EqualizedParameters {
    let pairs = graph.equalizablePairs(ByteCandidates(graph))
    let peaks = try calibration(graph, parameters, pairs).channelPeaks
    return try EqualizedParameters(parameters, pairs: pairs, peaks: peaks)
  }

  /// Mean squared error of the logits in bytes, for each unit of mean square in float32.
  private func error(_ graph: Graph, _ parameters: any ParameterSource, _ exact: [Float]) throws -> Float {
    var quantized = graph
    quantized.quantization = try calibration(graph, parameters).scheme(ByteCandidates(graph), .range)
    let found = try logits(quantized, QuantizedParameters(of: quantized, from: parameters))
    return zip(found, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      / exact.reduce(0) { $0 + $1 * $1 }
  }

  @Test func spreadChannelsGainBits() throws {
    let graph = try Self.spread.graph()
    let exact = try logits(graph, Self.spread)
    let equalized = try equalized(graph, Self.spread)
    #expect(equalized.pairs.map(\.value) == ["expand", "depthwise"])
    // Powers of two change no bit of a product, and sums add the same.
    #expect(try logits(graph, equalized) == exact)
    let plain = try error(graph, Self.spread, exact)
    let better = try error(graph, equalized, exact)
    #expect(plain > 0.01 && better < plain / 30, "\(plain), equalized \(better)")
    // As good as if they had never been spread.
    let even = SpreadNetwork(ratio: 1)
    #expect(try better < 4 * error(graph, even, logits(graph, even)))
  }

  /// A channel that is always 0, and one that nothing uses, keep their weights.
  @Test func channelsWithoutARangeKeepTheirWeights() throws {
    let graph = try Self.spread.graph()
    let pairs = graph.equalizablePairs(ByteCandidates(graph))
    let equalized = try EqualizedParameters(
      ScaledNoise(), pairs: pairs,
      peaks: ["expand": [Float](repeating: 0, count: 32), "depthwise": [Float](repeating: 0, count: 32)])
    #expect(equalized.pairs.isEmpty)
    #expect(try logits(graph, equalized) == logits(graph, ScaledNoise()))
  }
}
