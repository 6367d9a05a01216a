import Kernels
import Support
import TensorCore
import Testing

/// Every algorithm, on every instruction set that this CPU has, against plain loops.
@Suite struct ConvolutionTests {
  static let seeds = 0..<200

  @Test(arguments: seeds) func implicitGEMMEqualsReference(seed: Int) {
    var generator = Generator("convolution \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let expected = problem.reference()
    for kernels in KernelSet.available {
      let comparison = Comparison(problem.runImplicitGEMM(kernels), expected)
      #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  @Test(arguments: seeds) func im2colEqualsReference(seed: Int) {
    var generator = Generator("convolution \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let comparison = Comparison(problem.runIm2col(), problem.reference())
    #expect(comparison.error < tolerance(problem), "\(comparison), \(problem)")
  }

  /// Winograd's transforms multiply by numbers up to 21, and rounding grows with them.
  @Test(arguments: seeds, [2, 4, 6]) func winogradEqualsReference(seed: Int, m: Int) {
    var generator = Generator("winograd \(seed)")
    let problem = ConvolutionProblem.random(&generator, seed: "values \(seed)").asWinogradProblem()
    let expected = problem.reference()
    for kernels in KernelSet.available {
      let comparison = Comparison(problem.runWinograd(m: m, kernels), expected)
      #expect(
        comparison.error < Float(m * m) * 2 * tolerance(problem),
        "F(\(m)×\(m)), \(kernels.name): \(comparison), \(problem)")
    }
  }

  @Test(arguments: 0..<60) func smallGroupsEqualReference(seed: Int) {
    var generator = Generator("small groups \(seed)")
    var problem = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    let size = generator.pick([4, 8])
    let channels = generator.pick([16, 32, 48])
    let old = problem.geometry
    problem.geometry = ConvolutionGeometry(
      input: ActivationLayout(
        [old.input.batch, channels, old.input.height, old.input.width], pixelStride: channels + 3),
      output: ActivationLayout(
        [old.input.batch, channels, old.output.height, old.output.width], pixelStride: channels + 1),
      window: old.window, groups: channels / size)
    problem.residualStride = problem.residualStride.map { _ in channels }
    for kernels in KernelSet.available where SmallGroups.suits(problem.geometry, kernels: kernels) {
      let comparison = Comparison(problem.runSmallGroups(kernels), problem.reference())
      #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
    }
  }

  /// Large layers are cut into chunks, and their products into groups of panels.
  @Test(arguments: [2, 4, 6]) func winogradInChunks(m: Int) {
    for (channels, outputs, size) in [(24, 40, 90), (300, 520, 12)] {
      let layout = ActivationLayout([1, channels, size, size])
      let problem = ConvolutionProblem(
        geometry: ConvolutionGeometry(
          input: layout, output: ActivationLayout([1, outputs, size, size]),
          window: Window(kernel: 3, padding: 1), groups: 1),
        epilogue: Epilogue(hasBias: true, rectifies: true), residualStride: nil, seed: "chunks \(m)")
      let comparison = Comparison(problem.runWinograd(m: m, .best), problem.reference())
      #expect(comparison.error < Float(m * m) * 2 * tolerance(problem), "\(comparison), \(problem)")
    }
  }

  /// Sizes around the edges of tiles and panels, where whole tiles hide mistakes.
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
            epilogue: Epilogue(hasBias: true, rectifies: false), residualStride: columns,
            seed: "edges \(pixels) \(columns)")
          let comparison = Comparison(problem.runImplicitGEMM(kernels), problem.reference())
          #expect(comparison.error < tolerance(problem), "\(kernels.name): \(comparison), \(problem)")
        }
      }
    }
  }

  /// A NaN in the input must not be hidden by the ReLU.
  @Test func rectifierKeepsNaN() {
    for kernels in KernelSet.available {
      var values: [Float] = [.nan, -1, 2, -0.0, .infinity] + [Float](repeating: -3, count: 40)
      values.withUnsafeMutableBufferPointer { buffer in
        guard let pointer = buffer.baseAddress else { return }
        Elementwise.relu(
          pointer, stride: buffer.count, pixels: 1, channels: buffer.count, into: pointer,
          outputStride: buffer.count, kernels: kernels)
      }
      #expect(values[0].isNaN, "\(kernels.name)")
      #expect(values[1] == 0 && values[2] == 2 && values[4] == .infinity && values[44] == 0)
    }
  }

  /// Rounding of a float32 sum grows with the square root of its length; the result is at least of the
  /// order of one product.
  private func tolerance(_ problem: ConvolutionProblem) -> Float {
    4 * Float.ulpOfOne * Float(problem.geometry.depth).squareRoot()
  }
}

extension ConvolutionProblem {
  func runImplicitGEMM(_ kernels: KernelSet) -> [Float] {
    let product = ImplicitGEMM(geometry, epilogue: epilogue, kernels: kernels)
    return run(
      packedCount: product.packedCount, sharedCount: product.rimmedCount,
      threadCount: product.threadScratchCount,
      pack: { product.pack(weight: $0, bias: $1, into: $2) },
      compute: { input, residual, packed, shared, thread, output in
        for row in 0..<product.rimmedRows { product.addRim(row: row, of: input, into: shared) }
        let source = product.needsRim ? UnsafePointer(shared) : input
        for tile in (0..<product.tileCount).reversed() {
          product.run(
            tile: tile, input: source, residual: residual, packed: packed, scratch: thread, output: output)
        }
      })
  }

  /// The same problem as far as Winograd can have it: one group, 3×3, stride 1.
  func asWinogradProblem() -> ConvolutionProblem {
    var problem = self
    let padding = geometry.window.height.padding % 3
    let input = geometry.input
    let height = max(input.height, 3)
    let width = max(input.width, 3)
    problem.geometry = ConvolutionGeometry(
      input: ActivationLayout(
        [input.batch, input.channels, height, width], pixelStride: input.pixelStride),
      output: ActivationLayout(
        [input.batch, geometry.output.channels, height + 2 * padding - 2, width + 2 * padding - 2],
        pixelStride: geometry.output.pixelStride),
      window: Window(kernel: 3, padding: padding), groups: 1)
    return problem
  }

  func runWinograd(m: Int, _ kernels: KernelSet) -> [Float] {
    let product = Winograd(geometry, m: m, epilogue: epilogue, kernels: kernels)
    return run(
      packedCount: product.packedCount, sharedCount: product.sharedScratchCount,
      threadCount: product.threadScratchCount,
      pack: { product.pack(weight: $0, bias: $1, into: $2) },
      compute: { input, residual, packed, shared, thread, output in
        for (phase, pieces) in product.pieces.enumerated() {
          for piece in (0..<pieces).reversed() {
            product.run(
              phase: phase, piece: piece, input: input, residual: residual, packed: packed,
              sharedScratch: shared, threadScratch: thread, output: output)
          }
        }
      })
  }

  func runSmallGroups(_ kernels: KernelSet) -> [Float] {
    let product = SmallGroups(geometry, epilogue: epilogue, kernels: kernels)
    return run(
      packedCount: product.packedCount, sharedCount: 0, threadCount: product.threadScratchCount,
      pack: { product.pack(weight: $0, bias: $1, into: $2) },
      compute: { input, residual, packed, _, thread, output in
        for tile in (0..<product.tileCount).reversed() {
          product.run(
            tile: tile, input: input, residual: residual, packed: packed, scratch: thread, output: output)
        }
      })
  }

  func runIm2col() -> [Float] {
    let product = Im2colGEMM(geometry, epilogue: epilogue, kernels: .best)
    return run(
      packedCount: product.packedCount, sharedCount: 0, threadCount: product.threadScratchCount,
      pack: { product.pack(weight: $0, bias: $1, into: $2) },
      compute: { input, residual, packed, _, thread, output in
        for tile in (0..<product.tileCount).reversed() {
          product.run(
            tile: tile, input: input, residual: residual, packed: packed, scratch: thread, output: output)
        }
      })
  }

  /// Runs an algorithm on the problem's values, with scratch full of NaN so that nothing is taken for
  /// granted.
  func run(
    packedCount: Int, sharedCount: Int, threadCount: Int,
    pack: (UnsafePointer<Float>, UnsafePointer<Float>?, UnsafeMutablePointer<Float>) -> Void,
    compute: (
      UnsafePointer<Float>, Residual?, UnsafePointer<Float>, UnsafeMutablePointer<Float>,
      UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
    ) -> Void
  ) -> [Float] {
    let (input, weight, bias, residual) = values
    let packed = Buffer(repeating: .nan, count: packedCount)
    let shared = Buffer(repeating: .nan, count: sharedCount)
    let thread = Buffer(repeating: .nan, count: threadCount)
    let output = Buffer(repeating: 0, count: geometry.output.extent)
    bias.withUnsafeBufferPointer { bias in
      pack(weight, epilogue.hasBias ? bias.baseAddress : nil, packed.pointer)
    }
    residual.withUnsafeBufferPointer { residual in
      compute(
        input,
        residualStride.flatMap { stride in
          residual.baseAddress.map { Residual($0, pixelStride: stride) }
        }, packed.pointer, shared.pointer, thread.pointer, output.pointer)
    }
    return Array(UnsafeBufferPointer(start: output.pointer, count: output.count))
  }
}
