import Kernels
import Support
import TensorCore
import Testing

/// Every activation on every instruction set: its values, its gradient, and the epilogues that apply it.
@Suite struct ActivationTests {
  /// Around zero, far out, and what is not finite.
  static let inputs: [Float] =
    (-400...400).map { Float($0) * 0.03 + 0.001 } + [
      0, -0.0, 1e-6, -1e-20, 100, -100, .infinity, -.infinity, .nan,
    ]

  @Test(arguments: Activation.tested) func valuesEqualReference(activation: Activation) {
    let inputs = ActivationTests.inputs
    let input = Buffer(inputs)
    for kernels in KernelSet.available {
      let output = Buffer(repeating: 7, count: inputs.count)
      Elementwise.activate(
        Pixels(input.pointer, stride: inputs.count), count: 1, channels: inputs.count, activation,
        into: MutablePixels(output.pointer, stride: inputs.count), kernels: kernels)
      for (x, found) in zip(inputs, output.values) {
        let exact = Float(activation.reference(Double(x)))
        // Far out, factors of tiny results are subnormal, and the rounded exponent of GELU's approximation is large.
        let allowed = activation == .geluTanh ? max(8 * exact.ulp, 1e-8) : 4 * exact.ulp + 1e-36
        let isClose = exact.isNaN ? found.isNaN : found == exact || abs(found - exact) <= allowed
        #expect(isClose, "\(kernels.name): \(activation) of \(x) is \(found), reference \(exact)")
      }
    }
  }

  /// Pixels with and without gaps, into another tensor and in place, give the same bits.
  @Test(arguments: Activation.tested, ElementwiseTests.channelCounts)
  func pixelsDoNotMatter(activation: Activation, channels: Int) {
    var generator = Generator("activation \(activation.name) \(channels)")
    let input = generator.floats(3 * (channels + 2))
    for kernels in KernelSet.available {
      let dense = Buffer((0..<3).flatMap { input[$0 * (channels + 2)..<$0 * (channels + 2) + channels] })
      let expected = Buffer(repeating: .nan, count: 3 * channels)
      Elementwise.activate(
        Pixels(dense.pointer, stride: channels), count: 3, channels: channels, activation,
        into: MutablePixels(expected.pointer, stride: channels), kernels: kernels)
      let output = Buffer(input)
      let pixels = MutablePixels(output.pointer, stride: channels + 2)
      Elementwise.activate(
        Pixels(pixels), count: 3, channels: channels, activation, into: pixels, kernels: kernels)
      for index in input.indices {
        let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels + 2)
        let exact = channel < channels ? expected.pointer[pixel * channels + channel] : input[index]
        #expect(output.pointer[index] == exact, "\(kernels.name)")
      }
    }
  }

  /// The gradient, overwritten, added and in place, against differences of the reference.
  @Test(arguments: Activation.tested, ElementwiseTests.channelCounts)
  func gradientEqualsDifferences(activation: Activation, channels: Int) {
    var generator = Generator("activation gradient \(activation.name) \(channels)")
    let (count, stride) = (3, channels + 1)
    let inputs = generator.floats(count * stride).map { 4 * $0 }
    let gradient = generator.floats(count * stride)
    let before = generator.floats(count * stride)
    let values =
      activation.derivativeFollowsFromResult
      ? inputs.map { Float(activation.reference(Double($0))) } : inputs
    let at = Buffer(values)
    for kernels in KernelSet.available {
      for accumulates in [false, true] {
        let from = Buffer(gradient)
        let target = Buffer(before)
        let pixels = MutablePixels(from.pointer, stride: stride)
        func run(into target: MutablePixels, accumulates: Bool) {
          Gradients.activation(
            activation, at: Pixels(at.pointer, stride: stride), gradient: pixels, count: count,
            channels: channels, accumulates: accumulates, into: target, kernels: kernels)
        }
        run(into: MutablePixels(target.pointer, stride: stride), accumulates: accumulates)
        run(into: pixels, accumulates: false)
        for index in inputs.indices where index % stride < channels {
          let exact = Double(gradient[index]) * activation.derivative(Double(inputs[index]))
          let found = Double(target.values[index]) - (accumulates ? Double(before[index]) : 0)
          #expect(abs(found - exact) < 1e-5, "\(kernels.name): \(found), differences \(exact)")
          #expect(abs(Double(from.values[index]) - exact) < 1e-5, "\(kernels.name), in place")
        }
      }
    }
  }

  /// The gradient of a batch norm with an activation behind it, whose input is computed again.
  @Test(arguments: Activation.tested, [1, 8, 19, 33])
  func normGradientEqualsReference(activation: Activation, channels: Int) {
    var generator = Generator("norm gradient \(activation.name) \(channels)")
    let count = 11
    let (input, gradient) = (generator.floats(count * channels), generator.floats(count * channels))
    let (mean, shift) = (generator.floats(channels), generator.floats(channels))
    let inverse = generator.floats(channels).map { 1.5 + $0 }
    let scale = generator.floats(channels).map { 1 + $0 / 2 }
    let (meanGradient, meanProduct) = (generator.floats(channels), generator.floats(channels))
    func exactGradient(_ index: Int) -> Double {
      let c = index % channels
      return Double(gradient[index])
        * activation.derivative(Double(input[index]) * Double(scale[c]) + Double(shift[c]))
    }
    let centered = input.indices.map { Double(input[$0]) - Double(mean[$0 % channels]) }
    let inputs = Buffer(input)
    let means = Buffer(mean)
    let inverses = Buffer(inverse)
    let scales = Buffer(scale)
    let shifts = Buffer(shift)
    let norm = BatchStatistics.Normalization(
      mean: means.pointer, inverse: inverses.pointer, scale: scales.pointer, shift: shifts.pointer,
      activation: activation)
    for kernels in KernelSet.available {
      let from = Buffer(gradient)
      let sums = Buffer(repeating: .nan, count: 2 * channels)
      let target = Buffer(repeating: .nan, count: gradient.count)
      let pixels = MutablePixels(from.pointer, stride: channels)
      BatchStatistics.sums(
        gradient: pixels, input: Pixels(inputs.pointer, stride: channels), norm, count: count,
        channels: channels, sum: sums.pointer, product: sums.pointer + channels, kernels: kernels)
      BatchStatistics.gradient(
        pixels, input: Pixels(inputs.pointer, stride: channels), norm, meanGradient: meanGradient,
        meanProduct: meanProduct, count: count, channels: channels, accumulates: false,
        into: MutablePixels(target.pointer, stride: channels), kernels: kernels)
      for c in 0..<channels {
        let column = stride(from: c, to: input.count, by: channels)
        let sum = column.reduce(0.0) { $0 + exactGradient($1) }
        let product = column.reduce(0.0) { $0 + exactGradient($1) * centered[$1] } * Double(inverse[c])
        #expect(abs(Double(sums.values[c]) - sum) < 1e-4, "\(kernels.name)")
        #expect(abs(Double(sums.values[channels + c]) - product) < 1e-4, "\(kernels.name)")
      }
      for index in input.indices {
        let c = index % channels
        let exact =
          Double(scale[c])
          * (exactGradient(index) - Double(meanGradient[c]) - centered[index] * Double(meanProduct[c]))
        #expect(abs(Double(target.values[index]) - exact) < 2e-5, "\(kernels.name)")
      }
    }
  }

  /// Every way to compute a convolution applies an activation as if it were applied afterwards.
  @Test(arguments: 0..<40, Activation.tested) func convolutionEqualsUnfused(seed: Int, activation: Activation)
  {
    var generator = Generator("fused \(seed)")
    let random = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let size = generator.pick([4, 8, 16])
    for problem in [
      random, random.asWinogradProblem(kernel: 3), random.asWinogradProblem(kernel: 5),
      random.asStrassenProblem(), random.inGroups(8, inputs: size, outputs: size),
    ] {
      var fused = problem
      fused.epilogue.activation = activation
      var unfused = problem
      unfused.epilogue.activation = .identity
      for kernels in KernelSet.available {
        for algorithm in ConvolutionAlgorithm.candidates(problem.geometry) {
          #expect(
            fused.run(algorithm, kernels)
              == unfused.activated(unfused.run(algorithm, kernels), activation, kernels),
            "\(algorithm.name), \(kernels.name): \(fused)")
        }
      }
    }
  }

  /// So do the products of linear layers, in float32 and float16.
  @Test(arguments: Activation.tested, [(1, 5), (70, 33), (400, 4)])
  func productsEqualUnfused(activation: Activation, size: (depth: Int, outputs: Int)) {
    let (depth, outputs) = size
    var generator = Generator("fused product \(activation.name) \(depth)")
    let (vectors, stride) = (5, outputs + 3)
    let weights = generator.floats(depth * outputs)
    let input = generator.floats(vectors * depth)
    let bias = generator.floats(outputs)
    let inputs = Buffer(input)
    let half = HalfMatrix(rows: outputs, columns: depth)
    for kernels in KernelSet.available {
      let packed = Buffer(repeating: .nan, count: half.floats)
      half.pack(weights, into: packed.pointer, kernels: kernels)
      func results(_ activation: Activation) -> [[Float]] {
        let one = Buffer(repeating: 7, count: outputs)
        let several = Buffer(repeating: 7, count: vectors * stride)
        let narrow = Buffer(repeating: 7, count: outputs)
        Product.matrixVector(
          weights, input, bias: bias, outputs: outputs, depth: depth, activation, into: one.pointer,
          kernels: kernels)
        Product.matrixVectors(
          weights, Pixels(inputs.pointer, stride: depth), vectors: vectors, bias: bias, outputs: outputs,
          depth: depth, activation, into: MutablePixels(several.pointer, stride: stride), kernels: kernels)
        half.multiply(
          rows: 0..<outputs, of: packed.pointer, input, bias: bias, activation, into: narrow.pointer,
          kernels: kernels)
        return [one.values, several.values, narrow.values]
      }
      let (fused, unfused) = (results(activation), results(.identity))
      for (index, count) in [1, vectors, 1].enumerated() {
        #expect(
          fused[index]
            == ActivationTests.activated(
              unfused[index], activation, count: count, channels: outputs,
              stride: count == 1 ? outputs : stride, kernels),
          "\(kernels.name)")
      }
    }
  }

  /// So do norm, sum, and bias with residual.
  @Test(arguments: Activation.tested, ElementwiseTests.channelCounts)
  func elementwiseEqualsUnfused(activation: Activation, channels: Int) {
    var generator = Generator("fused elementwise \(activation.name) \(channels)")
    let (count, stride) = (4, channels + 2)
    let left = Buffer(generator.floats(count * stride))
    let right = Buffer(generator.floats(count * stride))
    let (scale, shift) = (generator.floats(channels), generator.floats(channels))
    for kernels in KernelSet.available {
      func results(_ activation: Activation) -> [[Float]] {
        (0..<4).map { index in
          let output = index == 3 ? Buffer(left.values) : Buffer(repeating: 7, count: count * stride)
          let target = MutablePixels(output.pointer, stride: stride)
          let input = Pixels(left.pointer, stride: stride)
          let residual = Pixels(right.pointer, stride: stride)
          switch index {
          case 0:
            Elementwise.add(
              input, residual, count: count, channels: channels, activation, into: target, kernels: kernels)
          case 1, 2:
            Elementwise.scaleShift(
              input, scale: scale, shift: shift, residual: index == 1 ? nil : residual, count: count,
              channels: channels, activation, into: target, kernels: kernels)
          default:
            Elementwise.addBias(
              shift, residual: residual, to: target, count: count, channels: channels, activation,
              kernels: kernels)
          }
          return output.values
        }
      }
      for (fused, unfused) in zip(results(activation), results(.identity)) {
        #expect(
          fused
            == ActivationTests.activated(
              unfused, activation, count: count, channels: channels, stride: stride, kernels),
          "\(kernels.name)")
      }
    }
  }

  /// The activation applied to pixels, gaps left alone.
  static func activated(
    _ values: [Float], _ activation: Activation, count: Int, channels: Int, stride: Int, _ kernels: KernelSet
  ) -> [Float] {
    var values = values
    values.withUnsafeMutableBufferPointer { buffer in
      guard let first = buffer.baseAddress else { return }
      let pixels = MutablePixels(first, stride: stride)
      Elementwise.activate(
        Pixels(pixels), count: count, channels: channels, activation, into: pixels, kernels: kernels)
    }
    return values
  }
}

extension ConvolutionProblem {
  /// An output of the problem, with an activation applied to it.
  fileprivate func activated(_ output: [Float], _ activation: Activation, _ kernels: KernelSet) -> [Float] {
    ActivationTests.activated(
      output, activation, count: geometry.output.pixels, channels: geometry.output.channels,
      stride: geometry.output.pixelStride, kernels)
  }
}
