import CKernels
import TensorCore

/// Kernels on bytes that read and write each element once.
///
/// The loops run over `count` pixels of `channels` values. Activations are those that ``Activation/limits`` describe.
package enum Int8Elementwise {
  /// Whether an activation can be applied as results are rounded to bytes.
  package static func rounds(_ activation: Activation) -> Bool { activation.limits != nil }

  /// The nearest bytes.
  package static func quantize(
    _ input: Pixels, count: Int, channels: Int, into output: MutableBytePixels, kernels: KernelSet
  ) {
    kernels.int8.pointee.quantize(
      ck_pixels(input), count, channels, ck_rounding(output.quantization), ck_output_byte_pixels(output))
  }

  /// The nearest bytes of a row of an image whose channels are planes, `planeStride` floats apart.
  package static func quantizeRow(
    _ input: UnsafePointer<Float>, planeStride: Int, count: Int, channels: Int,
    into output: MutableBytePixels, kernels: KernelSet
  ) {
    kernels.int8.pointee.quantize_row(
      input, planeStride, count, channels, ck_rounding(output.quantization), ck_output_byte_pixels(output))
  }

  /// The real numbers that bytes stand for.
  package static func dequantize(
    _ input: BytePixels, count: Int, channels: Int, into output: MutablePixels, kernels: KernelSet
  ) {
    kernels.int8.pointee.dequantize(
      ck_byte_pixels(input), count, channels, input.zero, input.quantization.scale, ck_output_pixels(output))
  }

  /// output = act(input · scale + shift) with a scale and a shift of the input's bytes for each channel, in steps of the
  /// output's.
  package static func scaleShift(
    _ input: BytePixels, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>, count: Int, channels: Int,
    _ activation: Activation, into output: MutableBytePixels, kernels: KernelSet
  ) {
    kernels.int8.pointee.scale_shift(
      ck_byte_pixels(input), scale, shift, count, channels, ck_rounding(output.quantization, activation),
      ck_output_byte_pixels(output))
  }

  /// output = act(left + right).
  package static func add(
    _ left: BytePixels, _ right: BytePixels, count: Int, channels: Int, _ activation: Activation,
    into output: MutableBytePixels, kernels: KernelSet
  ) {
    kernels.int8.pointee.add(
      ck_byte_pixels(left), left.zero, left.quantization.scale, ck_byte_pixels(right), right.zero,
      right.quantization.scale, count, channels, ck_rounding(output.quantization, activation),
      ck_output_byte_pixels(output))
  }

  /// The mean over all `count` pixels.
  package static func average(
    _ input: BytePixels, count: Int, channels: Int, into output: MutableBytePixels, kernels: KernelSet
  ) {
    var window = ck_pool_window()
    (window.height, window.width, window.channels) = (1, count, channels)
    (window.input_stride, window.output_stride, window.output_width) = (input.stride, output.stride, 1)
    (window.kernel_height, window.kernel_width) = (1, count)
    (window.padded_height, window.padded_width) = (1, count)
    kernels.int8.pointee.average_pool_row(
      &window, input.pointer, 0, input.zero, input.quantization.scale, ck_rounding(output.quantization),
      output.pointer)
  }
}

extension Pooling {
  /// Computes one output row of bytes; a maximum has the quantization of its input.
  package func run(row: Int, input pixels: BytePixels, output target: MutableBytePixels) {
    let image = row / output.height
    let source = pixels.pointer + image * input.pixelsPerImage * input.pixelStride
    let destination = target.pointer + row * output.width * output.pixelStride
    withUnsafePointer(to: window) { window in
      switch kind {
      case .maximum:
        kernels.int8.pointee.max_pool_row(window, source, row % output.height, destination)
      case .average:
        kernels.int8.pointee.average_pool_row(
          window, source, row % output.height, pixels.zero, pixels.quantization.scale,
          ck_rounding(target.quantization), destination)
      }
    }
  }
}
