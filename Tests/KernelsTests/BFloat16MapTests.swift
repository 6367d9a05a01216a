import Kernels
import Support
import TensorCore
import Testing

/// Kernels whose feature maps are bfloat16, on a CPU that multiplies it.
///
/// They do what those for floats do, on the same numbers, and round each result once. Activations that need an exponential
/// are computed from rounded values, and approximated.
@Suite(.enabled(if: KernelSet.best.multipliesBFloat16Pairs)) struct BFloat16MapTests {
  private static let kernels = KernelSet.best
  /// Half the distance between two numbers, as a share of them at most.
  private static let rounding: Float = 0x1p-8

  /// Winograd's weights are float16, with a relative error of 2^-11, which the transforms multiply.
  private static func transformRounding(_ algorithm: ConvolutionAlgorithm) -> Float {
    switch algorithm {
    case .winograd(m: 2): 10 * 0x1p-11
    case .winograd: 32 * 0x1p-11
    default: 0
    }
  }

  private static func products(_ geometry: ConvolutionGeometry) -> [ConvolutionAlgorithm] {
    ConvolutionAlgorithm.candidates(geometry, precision: .bfloat16).filter { $0 != .im2col }
      + (BLAS.multipliesBFloat16 ? [.im2col] : [])
  }

  @Test(arguments: 0..<300) func convolutionEqualsReference(seed: Int) {
    var generator = Generator("bfloat16 maps \(seed)")
    let random = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let forms = [
      random, random.asWinogradProblem(kernel: generator.pick([3, 5])), random.asDepthwiseProblem(&generator),
      random.asGroupedProblem(&generator), random.inGroups(1, inputs: 3, outputs: 33),
      random.inGroups(1, inputs: 32, outputs: 70),
    ]
    for problem in forms.map(\.inBFloat16) {
      let expected = problem.reference()
      for algorithm in Self.products(problem.geometry) {
        let comparison = Comparison(problem.run(algorithm, Self.kernels), expected)
        #expect(
          comparison.error < Self.rounding * 1.1 + Self.transformRounding(algorithm),
          "\(algorithm.name): \(comparison), \(problem)")
      }
    }
  }

  /// The range of float16 is no limit for weights.
  @Test(arguments: [0x1p-90, 0x1p-30, 0x1p30, 0x1p90] as [Float], Winograd.tileSizes)
  func winogradWeightsOfAnyMagnitude(scale: Float, m: Int) {
    let layout = ActivationLayout([2, 20, 13, 9], format: .bfloat16)
    var problem = ConvolutionProblem(
      geometry: ConvolutionGeometry(
        input: layout, output: layout, window: Window(kernel: 3, padding: 1), groups: 1),
      epilogue: Epilogue(hasBias: false, activation: .relu), residualStride: nil, seed: "magnitude")
    let expected = problem.run(.winograd(m: m), Self.kernels).map { $0 * scale }
    problem.weightScale = scale
    #expect(problem.run(.winograd(m: m), Self.kernels) == expected)
  }

  @Test(arguments: [Activation.silu, .sigmoid, .gelu, .geluTanh, .tanh(), .hardSwish, .hardSigmoid, .relu6])
  func activation(_ activation: Activation) {
    let input = stride(from: Float(-30), through: 30, by: 0.0117).map(\.roundedToBFloat16)
    let found = Self.mapped(input, channels: input.count) {
      Elementwise.activate($0, count: 1, channels: input.count, activation, into: $1, kernels: Self.kernels)
    }
    for (x, y) in zip(input, found) {
      let exact = activation.reference(Double(x))
      // Far to the left, where a result is a millionth of x, its share is lost.
      let tolerance = max(abs(exact) * 1.25 * Double(Self.rounding), abs(Double(x)) * 1e-6)
      #expect(abs(Double(y) - exact) <= tolerance, "\(activation) of \(x): \(y), exactly \(exact)")
    }
  }

  @Test func activationsOfInfinityAndNaN() {
    let input: [Float] = [.infinity, -.infinity, .nan, -1e38, 1e38]
    for activation in [Activation.sigmoid, .silu, .relu, .hardSwish] {
      func values(_ format: ValueFormat) -> [Float] {
        Self.mapped(input, channels: input.count, format) {
          Elementwise.activate(
            $0, count: 1, channels: input.count, activation, into: $1, kernels: Self.kernels)
        }
      }
      let (found, expected) = (values(.bfloat16), values(.float32))
      for (x, (a, b)) in zip(input, zip(found, expected)) {
        let isClose =
          a.isNaN && b.isNaN || a == b || abs(a - b) <= abs(b) * Self.rounding || abs(a) + abs(b) < 1e-30
        #expect(isClose, "\(activation) of \(x): \(a), of floats \(b)")
      }
    }
  }

  /// Everything else has the same bits as for floats, rounded once.
  @Test(arguments: [1, 3, 8, 15, 16, 17, 40, 64, 100]) func equalsFloatsRoundedOnce(channels: Int) {
    var generator = Generator("maps \(channels)")
    let pixels = 6
    let values = generator.floats(pixels * channels).map(\.roundedToBFloat16)
    let scale = generator.floats(channels)
    let shift = generator.floats(channels)
    let kernels = Self.kernels
    func check(_ name: String, _ body: (Pixels, MutablePixels) -> Void) {
      let found = Self.mapped(values, channels: channels, .bfloat16, body)
      let floats = Self.mapped(values, channels: channels, .float32, body)
      #expect(found == floats.map(\.roundedToBFloat16), "\(name)")
    }
    check("scale, shift, residual") {
      Elementwise.scaleShift(
        $0, scale: scale, shift: shift, residual: $0, count: pixels, channels: channels, .relu, into: $1,
        kernels: kernels)
    }
    check("bias") {
      Elementwise.copy($0, count: pixels, channels: channels, into: $1, kernels: kernels)
      Elementwise.addBias(
        shift, residual: $0, to: $1, count: pixels, channels: channels, .identity, kernels: kernels)
    }
    check("add") {
      Elementwise.add($0, $0, count: pixels, channels: channels, .relu6, into: $1, kernels: kernels)
    }
    check("layer norm") {
      Elementwise.normalizeLayer(
        $0, count: pixels, channels: channels, scale: scale, shift: shift, epsilon: 1e-6, into: $1,
        kernels: kernels)
    }
    check("response norm") {
      let norm = ResponseNorm(size: 5, alpha: 0.3, beta: 0.75, bias: 2)
      Elementwise.normalizeResponse($0, count: pixels, channels: channels, norm, into: $1, kernels: kernels)
    }
    for parts in [2, 3] {
      check("interleave \(parts)") { source, target in
        Elementwise.interleave(
          parts, count: pixels / parts, channels: channels,
          into: MutablePixels(target.address, stride: parts * channels, target.format), kernels: kernels
        ) { source.from($0 * (pixels / parts)) }
      }
    }
    for kind in [Pooling.Kind.maximum, .average(countsPadding: true), .average(countsPadding: false)] {
      check("pool \(kind)") { source, target in
        let pooling = Pooling(
          kind, window: Window(kernel: 2, stride: 1, padding: 1),
          input: ActivationLayout([1, channels, 2, 1], format: source.format),
          output: ActivationLayout([1, channels, 3, 2], format: target.format), kernels: kernels)
        for row in 0..<pooling.rows {
          pooling.run(row: row, input: source.pointer, output: target.pointer)
        }
      }
    }
    let sums = [ValueFormat.float32, .bfloat16].map { format in
      let input = Buffer(values, format)
      let output = Buffer(repeating: .nan, count: channels)
      Pooling.sum(
        Pixels(input.pointer, stride: channels, format), count: pixels, channels: channels, factor: 0.25,
        into: output.pointer, kernels: kernels)
      return output.values
    }
    #expect(sums[0] == sums[1], "sum")
  }

  /// What a kernel makes of some pixels, both in a format.
  private static func mapped(
    _ values: [Float], channels: Int, _ format: ValueFormat = .bfloat16,
    _ kernel: (Pixels, MutablePixels) -> Void
  ) -> [Float] {
    let input = Buffer(values, format)
    let output = Buffer(repeating: 0, count: values.count)
    kernel(
      Pixels(input.pointer, stride: channels, format), MutablePixels(output.pointer, stride: channels, format)
    )
    return output.values(values.count, format)
  }
}

extension ConvolutionProblem {
  /// The same with input, residual and output in bfloat16, and with weights that are.
  fileprivate var inBFloat16: ConvolutionProblem {
    func stored(_ layout: ActivationLayout) -> ActivationLayout {
      ActivationLayout(
        [layout.batch, layout.channels, layout.height, layout.width], pixelStride: layout.pixelStride,
        format: .bfloat16)
    }
    var problem = self
    problem.geometry = ConvolutionGeometry(
      input: stored(geometry.input), output: stored(geometry.output), window: geometry.window,
      groups: geometry.groups)
    problem.operandsAreBFloat16 = true
    return problem
  }
}
