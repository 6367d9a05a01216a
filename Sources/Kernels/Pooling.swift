import CKernels
import TensorCore

/// Maximum or mean over a sliding window, for concrete layouts.
package struct Pooling: Sendable {
  /// What is computed from the values in a window.
  package enum Kind: Hashable, Sendable {
    /// The largest value; padding never wins.
    case maximum
    /// The mean; `countsPadding` says whether the divisor includes the padding.
    case average(countsPadding: Bool)
  }

  let input: ActivationLayout
  let output: ActivationLayout
  let kind: Kind
  let kernels: KernelSet
  let window: ck_pool_window

  /// A pooling from its layouts.
  package init(
    _ kind: Kind, window: Window, input: ActivationLayout, output: ActivationLayout,
    kernels: KernelSet
  ) {
    self.input = input
    self.output = output
    self.kind = kind
    self.kernels = kernels
    self.window = ck_pool_window(
      height: input.height, width: input.width, channels: input.channels,
      input_stride: input.pixelStride, output_stride: output.pixelStride, output_width: output.width,
      kernel_height: window.height.kernel, kernel_width: window.width.kernel,
      stride_height: window.height.stride, stride_width: window.width.stride,
      padding_height: window.height.leadingPadding, padding_width: window.width.leadingPadding,
      counts_padding: kind == .average(countsPadding: true) ? 1 : 0,
      padded_height: window.height.padded(input.height),
      padded_width: window.width.padded(input.width))
  }

  /// Output rows of the whole batch.
  package var rows: Int { output.batch * output.height }

  /// Computes one output row.
  package func run(
    row: Int, input pointer: UnsafePointer<Float>, output target: UnsafeMutablePointer<Float>
  ) {
    let image = row / output.height
    let source = Pixels(pointer, stride: input.pixelStride, input.format).from(image * input.pixelsPerImage)
    let result = MutablePixels(target, stride: output.pixelStride, output.format).from(row * output.width)
    let maps = kernels.maps(output.format)
    withUnsafePointer(to: window) { window in
      switch kind {
      case .maximum: maps.pointee.max_pool_row(window, source.address, row % output.height, result.address)
      case .average:
        maps.pointee.average_pool_row(window, source.address, row % output.height, result.address)
      }
    }
  }

  /// Adds the gradient of one image to that of its input, which holds zeros or the sum of others.
  package func addGradient(
    image: Int, input: UnsafePointer<Float>, output: UnsafePointer<Float>, gradient: MutablePixels,
    to target: MutablePixels
  ) {
    let training = kernels.functions.pointee.training.pointee
    let outputPixels = image * self.output.pixelsPerImage
    let inputPixels = image * self.input.pixelsPerImage
    let from = ck_pixels(gradient.from(outputPixels))
    let to = ck_output_pixels(target.from(inputPixels))
    withUnsafePointer(to: window) { window in
      switch kind {
      case .maximum:
        training.max_pool_gradient(
          window, self.output.height, input + inputPixels * self.input.pixelStride,
          output + outputPixels * self.output.pixelStride, from, to)
      case .average: training.average_pool_gradient(window, self.output.height, from, to)
      }
    }
  }

  /// output[c] = factor · Σ over `count` pixels of input[p][c].
  package static func sum(
    _ input: Pixels, count: Int, channels: Int, factor: Float = 1, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.maps(input.format).pointee.sum_pixels(ck_pixels(input), count, channels, factor, output)
  }
}
