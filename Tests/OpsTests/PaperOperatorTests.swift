import Engine
import GraphIR
import Kernels
import Ops
import Support
import TensorCore
import Testing

/// Operators that only one paper needs, each run through a plan and compared with plain loops in double.
///
/// Random problems; images are `[N, C, H, W]`.
@Suite struct PaperOperatorTests {
  /// Trainable subsampling, with incomplete windows at the end.
  @Test(arguments: 0..<12) func subsample(seed: Int) throws {
    var problem = Problem("subsample \(seed)")
    let size = problem.pick([1, 2, 3])
    let shape = problem.shape(smallest: size)
    let coefficient = problem.floats(shape.channels)
    let bias = problem.floats(shape.channels)
    try problem.check(shape, ["part.coefficient": coefficient, "part.bias": bias]) {
      (x, net) throws(GraphError) in
      try net.subsample("part", x, size: size)
    } reference: { input, output in
      output.map { n, c, y, x in
        var sum = 0.0
        for dy in 0..<size {
          for dx in 0..<size { sum += input[n, c, y * size + dy, x * size + dx] }
        }
        return sum * Double(coefficient[c]) + Double(bias[c])
      }
    }
  }

  /// A convolution with a table of connections: kernels are ordered by output channel, then by input channel.
  @Test(arguments: 0..<12) func mappedConvolution(seed: Int) throws {
    var problem = Problem("mapped convolution \(seed)")
    let kernel = problem.pick([1, 3, 5])
    let shape = problem.shape(smallest: kernel)
    let sources = (0..<problem.pick([1, 4, 17])).map { _ in
      (0..<shape.channels).filter { _ in problem.pick([true, false]) }
    }
    let weight = problem.floats(max(sources.joined().count, 1) * kernel * kernel)
    let bias = problem.floats(sources.count)
    guard !sources.joined().isEmpty else { return }
    try problem.check(shape, ["part.weight": weight, "part.bias": bias]) {
      (x, net) throws(GraphError) in
      try net.mappedConv("part", x, sources: sources, kernel: kernel)
    } reference: { input, output in
      output.map { n, o, y, x in
        var sum = Double(bias[o])
        let first = sources[..<o].joined().count
        for (position, c) in sources[o].enumerated() {
          for dy in 0..<kernel {
            for dx in 0..<kernel {
              let tap = ((first + position) * kernel + dy) * kernel + dx
              sum += Double(weight[tap]) * input[n, c, y + dy, x + dx]
            }
          }
        }
        return sum
      }
    }
  }

  /// Minus the squared distance to each code.
  @Test(arguments: 0..<6) func radialBasis(seed: Int) throws {
    var problem = Problem("radial basis \(seed)")
    let shape: Shape = [problem.pick([1, 3]), problem.pick([1, 5, 84]), 1, 1]
    let units = problem.pick([1, 10])
    let codes = problem.floats(units * shape.channels)
    try problem.check(shape, ["part.codes": codes]) { (x, net) throws(GraphError) in
      try net.radialBasis("part", net.flatten(x), to: units)
    } reference: { input, output in
      output.map { n, unit, _, _ in
        (0..<shape.channels).reduce(0.0) { sum, c in
          let difference = input[n, c, 0, 0] - Double(codes[unit * shape.channels + c])
          return sum - difference * difference
        }
      }
    }
  }

  /// Every stride-th pixel between channels of zeros, of which an odd one comes last, or before them.
  @Test(arguments: 0..<12, [PaddedSubsample.Zeros.around, .behind])
  func paddedSubsample(seed: Int, zeros: PaddedSubsample.Zeros) throws {
    var problem = Problem("padded subsample \(seed)")
    let stride = problem.pick([1, 2, 3])
    let shape = problem.shape(smallest: 1)
    let channels = shape.channels + problem.pick([0, 1, 2, 16])
    let before = zeros == .behind ? 0 : (channels - shape.channels) / 2
    try problem.check(shape) { (x, net) throws(GraphError) in
      try net.paddedSubsample(x, to: channels, stride: stride, zeros: zeros)
    } reference: { input, output in
      output.map { n, c, y, x in
        let inside = before..<(before + shape.channels) ~= c
        return inside ? input[n, c - before, y * stride, x * stride] : 0
      }
    }
  }

  @Test(arguments: 0..<6) func channelAffine(seed: Int) throws {
    var problem = Problem("channel affine \(seed)")
    let shape = problem.shape(smallest: 1)
    let scale = problem.floats(shape.channels)
    let shift = problem.floats(shape.channels)
    try problem.check(shape) { (x, net) throws(GraphError) in
      try net.channelAffine("part", x, scale: scale, shift: shift)
    } reference: { input, output in
      output.map { n, c, y, x in input[n, c, y, x] * Double(scale[c]) + Double(shift[c]) }
    }
  }

  @Test func inputsThatDoNotFitAreRefused() {
    func error(_ shape: Shape, _ body: (Value, Scope) throws(GraphError) -> Value) -> ShapeError? {
      do throws(GraphError) {
        _ = try Graph.build(input: shape, body)
        return nil
      } catch { return error.reason }
    }
    #expect(
      error([1, 3, 4, 4]) { (x, net) throws(GraphError) in
        try net.mappedConv("part", x, sources: [[0, 3]], kernel: 3)
      } == .wrongChannels(expected: 4, found: 3))
    #expect(
      error([1, 3, 4, 4]) { (x, net) throws(GraphError) in try net.paddedSubsample(x, to: 2, stride: 2) }
        == .wrongChannels(expected: 2, found: 3))
    #expect(
      error([1, 3, 4, 4]) { (x, net) throws(GraphError) in
        try net.channelAffine("part", x, scale: [1], shift: [0])
      } == .wrongChannels(expected: 1, found: 3))
    #expect(
      error([1, 3, 4, 4]) { (x, net) throws(GraphError) in try net.radialBasis("part", x, to: 2) }
        == .wrongRank(expected: 2, found: [1, 3, 4, 4]))
    #expect(
      error([1, 3, 1, 4]) { (x, net) throws(GraphError) in try net.subsample("part", x, size: 2) }
        == .windowTooLarge(axis: "height", input: 1, padding: 0, kernel: 2, dilation: 1))
  }
}

/// A tensor in plain NCHW order, in double.
private struct Tensor {
  let shape: Shape
  var values: [Double]

  subscript(n: Int, c: Int, y: Int, x: Int) -> Double {
    values[((n * shape.channels + c) * shape.height + y) * shape.width + x]
  }

  /// A tensor of this shape, element by element.
  func map(_ element: (Int, Int, Int, Int) -> Double) -> Tensor {
    var result = Tensor(shape: shape, values: [])
    for n in 0..<shape.batch {
      for c in 0..<shape.channels {
        for y in 0..<shape.height {
          for x in 0..<shape.width { result.values.append(element(n, c, y, x)) }
        }
      }
    }
    return result
  }
}

/// A random problem with its seed.
private struct Problem {
  let seed: String
  private var generator: Generator

  init(_ seed: String) {
    self.seed = seed
    generator = Generator(seed)
  }

  mutating func pick<T>(_ choices: [T]) -> T { generator.pick(choices) }
  mutating func floats(_ count: Int) -> [Float] { generator.floats(count) }

  /// Images of `smallest` or more pixels.
  mutating func shape(smallest: Int) -> Shape {
    [
      pick([1, 3]), pick([1, 3, 6, 16, 33]), smallest + pick([0, 1, 4, 11]), smallest + pick([0, 2, 7, 12]),
    ]
  }

  /// Runs the graph that `build` describes on noise and compares it with `reference`.
  mutating func check(
    _ shape: Shape, _ parameters: [String: [Float]] = [:],
    build: (Value, Scope) throws(GraphError) -> Value,
    reference: (_ input: Tensor, _ output: Tensor) -> Tensor
  ) throws {
    let graph = try Graph.build(input: shape, build)
    let executor = try Executor(
      Plan(graph, disabled: ConvolutionAlgorithm.winogradNames, keeping: graph.nodes.map(\.name)),
      parameters: Stored(tensors: parameters), threads: 2)
    let images = floats(shape.count)
    var discarded = [Float](repeating: .nan, count: graph.output.shape.count)
    executor.run(images, into: &discarded)
    let name = try #require(graph.nodes.last).name
    let found = try #require(executor.value(of: name))
    let expected = reference(
      Tensor(shape: shape, values: images.map(Double.init)), Tensor(shape: graph.output.shape, values: []))
    let comparison = Comparison(found, expected.values.map(Float.init))
    // Values and parameters are below 1, so that 1 is the size of a term; a single sum may cancel to less.
    let error = comparison.error * comparison.scale / max(comparison.scale, 1)
    #expect(error < 1e-6, "\(seed), input \(shape): \(comparison)")
  }

  /// Parameters by name.
  private struct Stored: ParameterSource {
    let tensors: [String: [Float]]

    struct Missing: Error {
      let name: String
    }

    func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
      guard let values = tensors[parameter.name], values.count == destination.count else {
        throw Missing(name: parameter.name)
      }
      _ = destination.update(fromContentsOf: values)
    }
  }
}
