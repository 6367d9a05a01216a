import Kernels
import Support
import TensorCore
import Testing

/// Compares pooling with plain loops, on every instruction set of this CPU.
@Suite struct PoolingTests {
  @Test(arguments: 0..<150) func equalsReference(seed: Int) {
    var generator = Generator("pooling \(seed)")
    let kernel = generator.pick([1, 2, 3, 5])
    let stride = generator.pick([1, 2, 3])
    func axis(_ generator: inout Generator) -> WindowAxis {
      WindowAxis(
        kernel: kernel, stride: stride, leadingPadding: Int.random(in: 0...kernel / 2, using: &generator),
        trailingPadding: Int.random(in: 0...kernel / 2, using: &generator))
    }
    let window = Window(height: axis(&generator), width: axis(&generator))
    let ceilMode = Bool.random(using: &generator)
    let height = generator.pick([5, 6, 7, 12])
    let width = generator.pick([5, 8, 9, 13])
    let channels = generator.pick([1, 3, 4, 8, 15, 16, 17, 40])
    guard let outputHeight = window.height.outputs(of: height, ceilMode: ceilMode),
      let outputWidth = window.width.outputs(of: width, ceilMode: ceilMode)
    else { return }
    let input = ActivationLayout(
      [2, channels, height, width], pixelStride: channels + generator.pick([0, 3]))
    let output = ActivationLayout(
      [2, channels, outputHeight, outputWidth], pixelStride: channels + generator.pick([0, 7]))
    let kind: Pooling.Kind = generator.pick([
      .maximum, .average(countsPadding: true), .average(countsPadding: false),
    ])
    let values = generator.floats(input.extent)
    let expected = reference(kind, window, input, output, values)
    for kernels in KernelSet.available {
      let pooling = Pooling(kind, window: window, input: input, output: output, kernels: kernels)
      let result = Buffer(repeating: 0, count: output.extent)
      for row in 0..<pooling.rows { pooling.run(row: row, input: values, output: result.pointer) }
      let found = Array(UnsafeBufferPointer(start: result.pointer, count: result.count))
      let comparison = Comparison(found, expected)
      #expect(
        comparison.error < 8 * Float.ulpOfOne,
        "\(kernels.name): \(comparison), \(kind), \(window), ceil \(ceilMode), \(input) to \(output)")
    }
  }

  /// Average pooling with padding as the reference frameworks define it: the divisor counts the padding, but not what
  /// ceil mode adds beyond it.
  private func reference(
    _ kind: Pooling.Kind, _ window: Window, _ input: ActivationLayout, _ output: ActivationLayout,
    _ values: [Float]
  ) -> [Float] {
    var result = [Float](repeating: 0, count: output.extent)
    for pixel in 0..<output.pixels {
      let image = pixel / output.pixelsPerImage
      let top =
        pixel % output.pixelsPerImage / output.width * window.height.stride
        - window.height.leadingPadding
      let left = pixel % output.width * window.width.stride - window.width.leadingPadding
      for channel in 0..<input.channels {
        var best = -Float.infinity
        var sum = 0.0
        var inside = 0
        var padded = 0
        for y in top..<top + window.height.kernel {
          for x in left..<left + window.width.kernel {
            if y < input.height + window.height.trailingPadding
              && x < input.width + window.width.trailingPadding
            {
              padded += 1
            }
            guard y >= 0, y < input.height, x >= 0, x < input.width else { continue }
            let value = values[
              ((image * input.height + y) * input.width + x) * input.pixelStride + channel]
            best = max(best, value)
            sum += Double(value)
            inside += 1
          }
        }
        result[pixel * output.pixelStride + channel] =
          switch kind {
          case .maximum: best
          case .average(countsPadding: true): Float(sum / Double(padded))
          case .average(countsPadding: false): Float(sum / Double(inside))
          }
      }
    }
    return result
  }
}
