import CKernels
import TensorCore

/// Maximum and mean over windows and over whole images.
package struct Pooling: Sendable {
  /// What becomes of the values in a window.
  package enum Kind: Hashable, Sendable {
    /// The largest; padding never wins.
    case maximum
    /// The mean; `countsPadding` says whether zeros of the padding are in its divisor.
    case average(countsPadding: Bool)
  }

  let input: ActivationLayout
  let output: ActivationLayout
  let kind: Kind
  let kernels: KernelSet
  let window: ck_pool_window

  /// A pooling for concrete layouts.
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
      padding_height: window.height.padding, padding_width: window.width.padding,
      counts_padding: kind == .average(countsPadding: true) ? 1 : 0,
      padded_height: input.height + 2 * window.height.padding,
      padded_width: input.width + 2 * window.width.padding)
  }

  /// Output rows over the whole batch: the tiles.
  package var rows: Int { output.batch * output.height }

  /// Computes one output row.
  package func run(
    row: Int, input pointer: UnsafePointer<Float>, output target: UnsafeMutablePointer<Float>
  ) {
    let image = row / output.height
    let source = pointer + image * input.pixelsPerImage * input.pixelStride
    let destination = target + row * output.width * output.pixelStride
    withUnsafePointer(to: window) { window in
      switch kind {
      case .maximum:
        kernels.functions.pointee.max_pool_row(window, source, row % output.height, destination)
      case .average:
        kernels.functions.pointee.average_pool_row(window, source, row % output.height, destination)
      }
    }
  }

  /// output[c] = factor · Σ over pixels of input[pixel][c].
  package static func sum(
    _ input: UnsafePointer<Float>, stride: Int, pixels: Int, channels: Int, factor: Float,
    into output: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    kernels.functions.pointee.sum_pixels(input, stride, pixels, channels, factor, output)
  }
}
