import Kernels
import Support
import TensorCore
import Testing

/// Compares every algorithm for the weight gradient of a convolution with plain loops, on every instruction set of this
/// CPU.
@Suite struct WeightGradientTests {
  @Test(arguments: ConvolutionTests.seeds) func equalsReference(seed: Int) {
    var generator = Generator("weight gradient \(seed)")
    let random = ConvolutionProblem.random(&generator, seed: "values \(seed)")
    for problem in [random, random.asWinogradProblem(kernel: 3), random.asWinogradProblem(kernel: 5)] {
      check(problem)
    }
  }

  @Test(arguments: 0..<100) func depthwiseEqualsReference(seed: Int) {
    var generator = Generator("depthwise weight gradient \(seed)")
    check(
      ConvolutionProblem.random(&generator, seed: "values \(seed)").asDepthwiseProblem(&generator))
  }

  /// Many pixels are split among work items with their own sums; many channels are processed in chunks.
  @Test(arguments: [(24, 40, 61, 3), (24, 40, 61, 5), (150, 260, 30, 3)])
  func largeLayersEqualReference(channels: Int, outputs: Int, size: Int, kernel: Int) {
    check(
      ConvolutionProblem(
        geometry: ConvolutionGeometry(
          input: ActivationLayout([2, channels, size, size]),
          output: ActivationLayout([2, outputs, size, size], pixelStride: outputs + 3),
          window: Window(kernel: kernel, padding: kernel / 2), groups: 1),
        epilogue: Epilogue(hasBias: false, activation: .identity), residualStride: nil,
        seed: "large \(kernel)"))
  }

  private func check(_ problem: ConvolutionProblem) {
    let expected = problem.weightGradientReference()
    for kernels in KernelSet.available {
      for algorithm in problem.geometry.weightGradients(kernels: kernels) {
        let comparison = Comparison(problem.run(algorithm), expected)
        #expect(
          comparison.error < tolerance(problem, algorithm),
          "\(algorithm.name), \(kernels.name): \(comparison), \(problem)")
      }
    }
  }

  /// Rounding of a sum over the pixels; Winograd's transforms multiply it as they do that of the convolution.
  private func tolerance(_ problem: ConvolutionProblem, _ algorithm: any WeightGradient) -> Float {
    let sum = 4 * Float.ulpOfOne * Float(problem.geometry.output.pixels).squareRoot()
    guard let m = algorithm.name.split(separator: "_").last.flatMap({ Int($0) }) else { return sum }
    let side = m + problem.geometry.window.height.kernel - 1
    return Float((side - 2) * (side - 2)) * 2 * sum
  }
}

extension ConvolutionProblem {
  /// Runs an algorithm on the problem's values: the work items from last to first, with scratch full of NaN.
  func run(_ algorithm: any WeightGradient) -> [Float] {
    let shared = Buffer(repeating: .nan, count: algorithm.sharedScratchCount)
    let thread = Buffer(repeating: .nan, count: algorithm.threadScratchCount)
    let result = Buffer(repeating: .nan, count: geometry.output.channels * geometry.depth)
    values.input.withUnsafeBufferPointer { input in
      outputGradient.withUnsafeBufferPointer { gradient in
        guard let input = input.baseAddress, let gradient = gradient.baseAddress else { return }
        let operands = WeightGradientOperands(
          input: input, outputGradient: gradient, weightGradient: result.pointer,
          sharedScratch: shared.pointer, threadScratch: thread.pointer)
        for (phase, count) in algorithm.workItems.enumerated() {
          for item in (0..<count).reversed() { algorithm.run(phase: phase, item: item, operands) }
        }
      }
    }
    return Array(UnsafeBufferPointer(start: result.pointer, count: result.count))
  }
}
