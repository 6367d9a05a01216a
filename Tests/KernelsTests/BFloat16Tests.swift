import Kernels
import Support
import TensorCore
import Testing

/// Products in bfloat16: in the CPU's own instructions, if it has any, and widened, on every instruction set.
@Suite struct BFloat16Tests {
  /// Every way to multiply pairs that this CPU has.
  private static let kernelSets = KernelSet.available + KernelSet.available.map(\.widening)

  private static func problem(_ generator: inout Generator, seed: Int) -> ConvolutionProblem {
    ConvolutionProblem.random(&generator, seed: "values \(seed)")
      .inGroups(1, inputs: generator.pick([16, 18, 32, 50]), outputs: generator.pick([1, 7, 16, 33, 70]))
  }

  /// Rounding is the only error that sums in float32 do not have too.
  @Test(arguments: 0..<200) func equalsReferenceOfRoundedOperands(seed: Int) {
    var generator = Generator("bfloat16 \(seed)")
    var problem = BFloat16Tests.problem(&generator, seed: seed)
    problem.operandsAreBFloat16 = true
    let expected = problem.reference()
    for kernels in BFloat16Tests.kernelSets {
      let comparison = Comparison(problem.run(.bfloat16GEMM, kernels), expected)
      let tolerance = 4 * Float.ulpOfOne * Float(problem.geometry.depth).squareRoot()
      #expect(comparison.error < tolerance, "\(kernels.name): \(comparison), \(problem)")
    }
  }

  @Test(arguments: 0..<100) func roundsOperandsToNearestEven(seed: Int) {
    var generator = Generator("bfloat16 \(seed)")
    let problem = BFloat16Tests.problem(&generator, seed: seed)
    var rounded = problem
    rounded.operandsAreBFloat16 = true
    for kernels in BFloat16Tests.kernelSets {
      #expect(
        problem.run(.bfloat16GEMM, kernels) == rounded.run(.bfloat16GEMM, kernels),
        "\(kernels.name): \(problem)")
    }
  }

  /// Weights that do not fit into a core's cache are multiplied panel by panel, and inputs of many pixels tile by tile.
  @Test(arguments: [7, 13, 20], [1, 3]) func inPanelGroups(size: Int, kernel: Int) {
    var problem = ConvolutionProblem(
      geometry: ConvolutionGeometry(
        input: ActivationLayout([1, 400, size, size]), output: ActivationLayout([1, 613, size, size]),
        window: Window(kernel: kernel, padding: kernel / 2), groups: 1),
      epilogue: Epilogue(hasBias: true, activation: .relu), residualStride: 620,
      seed: "panel groups \(size)")
    problem.operandsAreBFloat16 = true
    let expected = problem.reference()
    for kernels in BFloat16Tests.kernelSets {
      let comparison = Comparison(problem.run(.bfloat16GEMM, kernels), expected)
      let tolerance = 4 * Float.ulpOfOne * Float(problem.geometry.depth).squareRoot()
      #expect(comparison.error < tolerance, "\(kernels.name): \(comparison)")
    }
  }

  /// Ties to even, numbers too large, infinity and NaN, in whole vectors and at the end; and back.
  @Test func matrixKeepsWhatBFloat16Holds() {
    var generator = Generator("bfloat16 matrix")
    var row: [Float] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, 0x1p-120]
    for step in 0..<64 { row.append(1 + (Float(step) + 0.5) * 0x1p-7) }
    row += generator.floats(40)
    let matrix = BFloat16Matrix(rows: 1, columns: row.count)
    for kernels in BFloat16Tests.kernelSets {
      let packed = Buffer(repeating: 0, count: matrix.floats)
      let found = Buffer(repeating: 0, count: row.count)
      matrix.pack(row, into: packed.pointer, kernels: kernels)
      matrix.widen(rows: 0..<1, of: packed.pointer, into: found.pointer, kernels: kernels)
      for (index, value) in row.enumerated() {
        let result = found.pointer[index]
        #expect(
          value.isNaN ? result.isNaN : result.bitPattern == value.roundedToBFloat16.bitPattern,
          "\(kernels.name): \(value) became \(result)")
      }
    }
  }

  @Test(arguments: [1, 15, 64, 301]) func matrixTimesVector(columns: Int) {
    var generator = Generator("bfloat16 vector \(columns)")
    let rows = 9
    let weights = generator.floats(rows * columns)
    let (input, bias) = (generator.floats(columns), generator.floats(rows))
    let matrix = BFloat16Matrix(rows: rows, columns: columns)
    let expected = (0..<rows).map { row in
      let sum = (0..<columns).reduce(Double(bias[row])) {
        $0 + Double(weights[row * columns + $1].roundedToBFloat16) * Double(input[$1])
      }
      return Float(sum)
    }
    for kernels in BFloat16Tests.kernelSets {
      let packed = Buffer(repeating: 0, count: matrix.floats)
      let output = Buffer(repeating: .nan, count: rows)
      matrix.pack(weights, into: packed.pointer, kernels: kernels)
      matrix.multiply(
        rows: 0..<rows, of: packed.pointer, input, bias: bias, .identity, into: output.pointer,
        kernels: kernels)
      let comparison = Comparison(
        Array(UnsafeBufferPointer(start: output.pointer, count: rows)), expected)
      #expect(comparison.error < 1e-5, "\(kernels.name): \(comparison)")
    }
  }

  /// Where pairs have to be widened, a convolution that is bound by arithmetic stays float32.
  @Test func isChosenWhereItIsFaster() {
    let geometry = ConvolutionGeometry(
      input: ActivationLayout([1, 256, 28, 28]), output: ActivationLayout([1, 256, 28, 28]),
      window: Window(kernel: 1), groups: 1)
    for kernels in BFloat16Tests.kernelSets {
      let chosen = ConvolutionAlgorithm.fastest(
        geometry, weightsStayInCache: true, precision: .bfloat16, kernels: kernels)
      #expect((chosen == .bfloat16GEMM) == kernels.multipliesBFloat16Pairs, "\(kernels.name): \(chosen.name)")
      let float32 = ConvolutionAlgorithm.fastest(geometry, weightsStayInCache: true, kernels: kernels)
      #expect(float32 != .bfloat16GEMM)
    }
  }
}
