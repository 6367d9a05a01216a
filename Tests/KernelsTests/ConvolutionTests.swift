import Kernels
import Support
import TensorCore
import Testing

/// Compares every algorithm with plain loops, on every instruction set of this CPU.
@Suite struct ConvolutionTests {
  static let seeds = 0..<200

  @Test(arguments: seeds) func implicitGEMMEqualsReference(seed: Int) {
    var generator = Generator("convolution \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let expected = problem.reference()
    for kernels in KernelSet.available {
      let comparison = Comparison(problem.run(.implicitGEMM, kernels), expected)
      #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  @Test(arguments: seeds) func im2colEqualsReference(seed: Int) {
    var generator = Generator("convolution \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let comparison = Comparison(problem.run(.im2col, .best), problem.reference())
    #expect(comparison.error < tolerance(problem), "\(comparison), \(problem)")
  }

  @Test(arguments: seeds, [3, 5]) func winogradEqualsReference(seed: Int, kernel: Int) {
    var generator = Generator("winograd \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
      .asWinogradProblem(kernel: kernel)
    let expected = problem.reference()
    for m in Winograd.tileSizes(problem.geometry) {
      for kernels in KernelSet.available {
        let comparison = Comparison(problem.run(.winograd(m: m), kernels), expected)
        #expect(
          comparison.error < winogradTolerance(problem, m: m),
          "F(\(m)×\(m)), \(kernels.name): \(comparison), \(problem)")
      }
    }
  }

  @Test(arguments: seeds) func strassenEqualsReference(seed: Int) {
    var generator = Generator("strassen \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)").asStrassenProblem()
    let expected = problem.reference()
    for kernels in KernelSet.available {
      let comparison = Comparison(problem.run(.strassen, kernels), expected)
      #expect(comparison.error < strassenTolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  /// Large layers are split into groups of pixels and of outputs; with 49 pixels, the last one is unpaired.
  @Test(arguments: [7, 14, 19]) func strassenInTiles(size: Int) {
    for kernels in KernelSet.available {
      let problem = ConvolutionProblem(
        geometry: ConvolutionGeometry(
          input: ActivationLayout([1, 300, size, size], pixelStride: 310),
          output: ActivationLayout([1, 602, size, size], pixelStride: 605), window: Window(kernel: 1),
          groups: 1),
        epilogue: Epilogue(hasBias: true, activation: .relu), residualStride: 603, seed: "strassen \(size)")
      let comparison = Comparison(problem.run(.strassen, kernels), problem.reference())
      #expect(comparison.error < strassenTolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  /// Depthwise convolutions of all kernels that have code of their own, and of others.
  @Test(arguments: 0..<300) func depthwiseEqualsReference(seed: Int) {
    var generator = Generator("depthwise \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
      .asDepthwiseProblem(&generator)
    let expected = problem.reference()
    for kernels in KernelSet.available {
      let comparison = Comparison(problem.run(.depthwise, kernels), expected)
      #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  /// Groups narrower than a vector, wider than a panel, and between, also with vectors that are not full.
  @Test(arguments: 0..<300) func groupedRowsEqualReference(seed: Int) {
    var generator = Generator("grouped rows \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)").asGroupedProblem(&generator)
    let expected = problem.reference()
    for kernels in KernelSet.available {
      let comparison = Comparison(problem.run(.groupedRows, kernels), expected)
      #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  /// Weights that do not fit into a core's cache are multiplied panel by panel.
  @Test(arguments: [7, 13, 20]) func implicitGEMMInPanelGroups(size: Int) {
    for kernels in KernelSet.available {
      let problem = ConvolutionProblem(
        geometry: ConvolutionGeometry(
          input: ActivationLayout([1, 400, size, size]), output: ActivationLayout([1, 325, size, size]),
          window: Window(kernel: 1), groups: 1),
        epilogue: Epilogue(hasBias: true, activation: .relu), residualStride: 330,
        seed: "panel groups \(size)")
      let comparison = Comparison(problem.run(.implicitGEMM, kernels), problem.reference())
      #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  /// Flipped weights, in the order of the convolution whose input gradient this is, give the same bits.
  @Test(arguments: 0..<60) func flippedWeightsAreTheSameWeights(seed: Int) {
    var generator = Generator("flipped \(seed)")
    let random = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let size = generator.pick([4, 8, 16])
    for problem in [
      random, random.asWinogradProblem(kernel: 3), random.inGroups(8, inputs: size, outputs: size),
      random.asGroupedProblem(&generator),
      random.asWinogradProblem(kernel: 9), random.asStrassenProblem(), random.asDepthwiseProblem(&generator),
    ] {
      let best = ConvolutionAlgorithm.candidates(problem.geometry).map { ($0, KernelSet.best) }
      for (algorithm, kernels) in best + KernelSet.available.map({ (.implicitGEMM, $0) }) {
        #expect(
          problem.run(algorithm, kernels, flipsWeights: true) == problem.run(algorithm, kernels),
          "\(algorithm.name), \(kernels.name): \(problem)")
      }
    }
  }

  /// Large layers are split into chunks, and their products into groups of panels.
  @Test(arguments: [(3, 2), (3, 4), (3, 6), (5, 2), (5, 4)]) func winogradInChunks(kernel: Int, m: Int) {
    for (channels, outputs, size) in [(24, 40, 90), (300, 520, 12)] {
      let layout = ActivationLayout([1, channels, size, size])
      let problem = ConvolutionProblem(
        geometry: ConvolutionGeometry(
          input: layout, output: ActivationLayout([1, outputs, size, size]),
          window: Window(kernel: kernel, padding: kernel / 2), groups: 1),
        epilogue: Epilogue(hasBias: true, activation: .relu), residualStride: nil, seed: "chunks \(m)")
      let comparison = Comparison(problem.run(.winograd(m: m), .best), problem.reference())
      #expect(comparison.error < winogradTolerance(problem, m: m), "\(comparison), \(problem)")
    }
  }

  /// Sizes around the edges of tiles and panels, where mistakes show.
  @Test func implicitGEMMAtTileEdges() {
    for kernels in KernelSet.available {
      for pixels in [
        1, kernels.tileRows - 1, kernels.tileRows, kernels.tileRows + 1, 8 * kernels.tileRows + 5,
      ] {
        for columns in [
          1, kernels.vector - 1, kernels.vector, kernels.vector + 1, kernels.panel, kernels.panel + 1,
          3 * kernels.panel - 1,
        ] {
          let problem = ConvolutionProblem(
            geometry: ConvolutionGeometry(
              input: ActivationLayout([1, 19, 1, pixels]), output: ActivationLayout([1, columns, 1, pixels]),
              window: Window(kernel: 1), groups: 1),
            epilogue: Epilogue(hasBias: true, activation: .identity), residualStride: columns,
            seed: "edges \(pixels) \(columns)")
          let comparison = Comparison(problem.run(.implicitGEMM, kernels), problem.reference())
          #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
        }
      }
    }
  }

  /// ReLU must not hide a NaN in its input.
  @Test func reluKeepsNaN() {
    for kernels in KernelSet.available {
      var values: [Float] = [.nan, -1, 2, -0.0, .infinity] + [Float](repeating: -3, count: 40)
      values.withUnsafeMutableBufferPointer { buffer in
        guard let pointer = buffer.baseAddress else { return }
        let pixel = MutablePixels(pointer, stride: buffer.count)
        Elementwise.activate(
          Pixels(pixel), count: 1, channels: buffer.count, .relu, into: pixel, kernels: kernels)
      }
      #expect(values[0].isNaN, "\(kernels.name)")
      #expect(values[1] == 0 && values[2] == 2 && values[4] == .infinity && values[44] == 0)
    }
  }

  /// The rounding error of a float32 sum grows with the square root of its length; the result is at least of the
  /// order of one product.
  private func tolerance(_ problem: ConvolutionProblem) -> Float {
    4 * Float.ulpOfOne * Float(problem.geometry.depth).squareRoot()
  }

  /// Strassen's sums have up to four terms of the input and of the weights, and four of the products.
  private func strassenTolerance(_ problem: ConvolutionProblem) -> Float { 4 * tolerance(problem) }

  /// Winograd's transforms multiply by numbers up to 21, and the rounding error grows with them and with the points.
  private func winogradTolerance(_ problem: ConvolutionProblem, m: Int) -> Float {
    let side = m + problem.geometry.window.height.kernel - 1
    return Float((side - 2) * (side - 2)) * 2 * tolerance(problem)
  }
}

extension ConvolutionProblem {
  /// The same windows with groups of channels.
  func inGroups(_ groups: Int, inputs: Int, outputs: Int) -> ConvolutionProblem {
    var problem = self
    let (input, output) = (geometry.input, geometry.output)
    problem.geometry = ConvolutionGeometry(
      input: ActivationLayout(
        [input.batch, groups * inputs, input.height, input.width], pixelStride: groups * inputs + 3),
      output: ActivationLayout(
        [input.batch, groups * outputs, output.height, output.width], pixelStride: groups * outputs + 1),
      window: geometry.window, groups: groups)
    problem.residualStride = residualStride.map { _ in groups * outputs }
    return problem
  }

  /// The problem changed to a depthwise convolution, most often with a kernel and a stride that occur in networks.
  func asDepthwiseProblem(_ generator: inout Generator) -> ConvolutionProblem {
    let problem = inGroups(generator.pick([2, 3, 8, 16, 17, 40]), inputs: 1, outputs: 1)
    guard generator.pick([true, true, false]) else { return problem }
    return problem.withKernel(generator.pick([3, 5, 7]), &generator)
  }

  /// The problem changed to one in groups, with a kernel of three columns.
  func asGroupedProblem(_ generator: inout Generator) -> ConvolutionProblem {
    let size = generator.pick([2, 4, 4, 8, 8, 16, 3, 12, 24, 40])
    return inGroups(generator.pick([2, 3, 5, 16]), inputs: size, outputs: size).withKernel(3, &generator)
  }

  /// The problem with a square kernel, a stride of 1 or 2, and rows that are several blocks long.
  private func withKernel(_ kernel: Int, _ generator: inout Generator) -> ConvolutionProblem {
    var problem = self
    let (input, output) = (geometry.input, geometry.output)
    let stride = generator.pick([1, 2])
    func axis(_ generator: inout Generator) -> WindowAxis {
      WindowAxis(
        kernel: kernel, stride: stride,
        leadingPadding: generator.pick([kernel / 2, kernel / 2, kernel / 2 - 1, 0]),
        trailingPadding: generator.pick([kernel / 2, kernel - 1]))
    }
    let window = Window(height: axis(&generator), width: axis(&generator))
    let height = max(input.height, kernel)
    let width = generator.pick([max(input.width, kernel), 21, 28])
    guard let rows = window.height.outputs(of: height), let columns = window.width.outputs(of: width) else {
      return problem
    }
    problem.geometry = ConvolutionGeometry(
      input: ActivationLayout(
        [input.batch, input.channels, height, width], pixelStride: input.pixelStride),
      output: ActivationLayout(
        [input.batch, output.channels, rows, columns], pixelStride: output.pixelStride),
      window: window, groups: geometry.groups)
    return problem
  }

  /// The problem changed to one for Strassen: a 1×1 kernel, even numbers of inputs and outputs.
  func asStrassenProblem() -> ConvolutionProblem {
    var problem = self
    let (input, output) = (geometry.input, geometry.output)
    func layout(_ channels: Int, height: Int, width: Int, margin: Int) -> ActivationLayout {
      ActivationLayout([input.batch, channels, height, width], pixelStride: channels + margin)
    }
    problem.geometry = ConvolutionGeometry(
      input: layout(2 * input.channels, height: input.height, width: input.width, margin: 3),
      output: layout(2 * output.channels, height: input.height, width: input.width, margin: 1),
      window: Window(kernel: 1), groups: 1)
    problem.residualStride = residualStride.map { _ in 2 * output.channels }
    return problem
  }

  /// The problem changed to one for Winograd: one group, a square kernel, stride 1.
  func asWinogradProblem(kernel: Int) -> ConvolutionProblem {
    var problem = self
    let leading = geometry.window.height.leadingPadding % kernel
    let trailing = geometry.window.height.trailingPadding % kernel
    let input = geometry.input
    let axis = WindowAxis(kernel: kernel, leadingPadding: leading, trailingPadding: trailing)
    let height = max(input.height, kernel)
    let width = max(input.width, kernel)
    problem.geometry = ConvolutionGeometry(
      input: ActivationLayout(
        [input.batch, input.channels, height, width], pixelStride: input.pixelStride),
      output: ActivationLayout(
        [
          input.batch, geometry.output.channels, leading + height + trailing - kernel + 1,
          leading + width + trailing - kernel + 1,
        ],
        pixelStride: geometry.output.pixelStride),
      window: Window(height: axis, width: axis), groups: 1)
    return problem
  }

  /// From `[O, I / groups, kH, kW]` to `[I, O / groups, kH, kW]`, the kernels flipped.
  private func flipped(_ weight: [Float]) -> [Float] {
    let (taps, inputs, outputs) = (geometry.window.taps, geometry.groupInputs, geometry.groupOutputs)
    var flipped = weight
    for group in 0..<geometry.groups {
      for output in 0..<outputs {
        for input in 0..<inputs {
          for tap in 0..<taps {
            flipped[((group * inputs + input) * outputs + output) * taps + taps - 1 - tap] =
              weight[((group * outputs + output) * inputs + input) * taps + tap]
          }
        }
      }
    }
    return flipped
  }

  /// Runs an algorithm on the problem's values: the work items from last to first, with scratch full of NaN, so that
  /// nothing is taken for granted.
  ///
  /// If it `flipsWeights`, the algorithm gets the same weights in the order of the convolution whose input gradient
  /// it computes.
  func run(
    _ algorithm: ConvolutionAlgorithm, _ kernels: KernelSet, flipsWeights: Bool = false
  ) -> [Float] {
    let product = algorithm.product(geometry, epilogue: epilogue, kernels: kernels)
    let (input, straight, bias, residual) = values
    let weight = flipsWeights ? flipped(straight) : straight
    let packed = Buffer(repeating: .nan, count: product.packedCount)
    let shared = Buffer(repeating: .nan, count: product.sharedScratchCount)
    let thread = Buffer(repeating: .nan, count: product.threadScratchCount)
    let output = Buffer(repeating: 0, count: geometry.output.extent)
    weight.withUnsafeBufferPointer { weight in
      bias.withUnsafeBufferPointer { bias in
        guard let weight = weight.baseAddress else { return }
        product.pack(
          ConvolutionParameters(
            weight: weight, weightsAreFlipped: flipsWeights, bias: epilogue.hasBias ? bias.baseAddress : nil),
          into: packed.pointer)
      }
    }
    let inputs = Buffer(input, geometry.input.format)
    let residuals = Buffer(residual, geometry.output.format)
    let operands = ConvolutionOperands(
      input: inputs.pointer,
      residual: residualStride.map { Pixels(residuals.pointer, stride: $0, geometry.output.format) },
      packed: packed.pointer, sharedScratch: shared.pointer, threadScratch: thread.pointer,
      output: output.pointer)
    for (phase, count) in product.workItems.enumerated() {
      for item in (0..<count).reversed() { product.run(phase: phase, item: item, operands) }
    }
    let target = geometry.output
    return output.values(target.valueSpan, target.format)
  }
}
