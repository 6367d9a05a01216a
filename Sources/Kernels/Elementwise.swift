import CKernels
import TensorCore

/// Kernels that read and write each element once; all of them may work in place.
///
/// The loops run over `count` pixels of `channels` values. All pixels of a call have one format, if it says nothing else.
package enum Elementwise {
  /// output = act(input).
  package static func activate(
    _ input: Pixels, count: Int, channels: Int, _ activation: Activation, into output: MutablePixels,
    kernels: KernelSet
  ) {
    kernels.maps(output.format).pointee.activate(
      ck_pixels(input), count, channels, ck_activation(activation), ck_output_pixels(output))
  }

  /// output = act(input · scale + shift + residual), with a scale and, if any, a shift for each channel.
  package static func scaleShift(
    _ input: Pixels, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>?, residual: Pixels? = nil,
    count: Int, channels: Int, _ activation: Activation, into output: MutablePixels, kernels: KernelSet
  ) {
    kernels.maps(output.format).pointee.scale_shift(
      ck_pixels(input), scale, shift, ck_pixels(residual), count, channels, ck_activation(activation),
      ck_output_pixels(output))
  }

  /// target = act(target + bias + residual).
  package static func addBias(
    _ bias: UnsafePointer<Float>?, residual: Pixels? = nil, to target: MutablePixels, count: Int,
    channels: Int, _ activation: Activation, kernels: KernelSet
  ) {
    kernels.maps(target.format).pointee.bias_residual(
      ck_pixels(target), bias, ck_pixels(residual), count, channels, ck_activation(activation),
      ck_output_pixels(target))
  }

  /// output = input, where one of the two, or both, are floats.
  package static func convert(
    _ input: Pixels, count: Int, channels: Int, into output: MutablePixels, kernels: KernelSet
  ) {
    if output.format == .float32 {
      kernels.maps(input.format).pointee.to_floats(
        ck_pixels(input), count, channels, ck_output_pixels(output))
    } else {
      kernels.maps(output.format).pointee.from_floats(
        ck_pixels(input), count, channels, ck_output_pixels(output))
    }
  }

  /// output = input, whose channels are planes of floats, `planeStride` apart.
  package static func interleavePlanes(
    _ input: UnsafePointer<Float>, planeStride: Int, count: Int, channels: Int, into output: MutablePixels,
    kernels: KernelSet
  ) {
    kernels.maps(output.format).pointee.from_planes(
      input, planeStride, count, channels, ck_output_pixels(output))
  }

  /// output = input.
  package static func copy(
    _ input: Pixels, count: Int, channels: Int, into output: MutablePixels, kernels: KernelSet
  ) {
    activate(input, count: count, channels: channels, .identity, into: output, kernels: kernels)
  }

  /// output = act(left + right).
  package static func add(
    _ left: Pixels, _ right: Pixels, count: Int, channels: Int, _ activation: Activation = .identity,
    into output: MutablePixels, kernels: KernelSet
  ) {
    kernels.maps(output.format).pointee.add(
      ck_pixels(left), ck_pixels(right), count, channels, ck_activation(activation), ck_output_pixels(output))
  }

  /// output = factor · input.
  package static func scaled(
    _ input: Pixels, by factor: Float, count: Int, channels: Int, into output: MutablePixels,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.scaled_add(
      ck_pixels(input), factor, count, channels, 0, ck_output_pixels(output))
  }

  /// output = left - right.
  package static func subtract(
    _ left: Pixels, _ right: Pixels, count: Int, channels: Int, into output: MutablePixels, kernels: KernelSet
  ) {
    kernels.functions.pointee.subtract(
      ck_pixels(left), ck_pixels(right), count, channels, ck_output_pixels(output))
  }

  /// output = (input - mean) / √(variance + ε) · scale + shift, with the statistics of each pixel's channels.
  package static func normalizeLayer(
    _ input: Pixels, count: Int, channels: Int, scale: UnsafePointer<Float>, shift: UnsafePointer<Float>,
    epsilon: Float, into output: MutablePixels, kernels: KernelSet
  ) {
    kernels.maps(output.format).pointee.layer_norm(
      ck_pixels(input), count, channels, ck_layer_norm(scale: scale, shift: shift, epsilon: epsilon),
      ck_output_pixels(output))
  }

  /// output[p][c · parts + i] = part(i)[p][c] for `channels` of each part.
  package static func interleave(
    _ parts: Int, count: Int, channels: Int, into output: MutablePixels, kernels: KernelSet,
    part: (Int) -> Pixels
  ) {
    withUnsafeTemporaryAllocation(of: ck_pixels.self, capacity: parts) { table in
      for index in 0..<parts { table.initializeElement(at: index, to: ck_pixels(part(index))) }
      kernels.maps(output.format).pointee.interleave(
        table.baseAddress, parts, count, channels, ck_output_pixels(output))
    }
  }

  /// Local response normalization across channels.
  package static func normalizeResponse(
    _ input: Pixels, count: Int, channels: Int, _ norm: ResponseNorm, into output: MutablePixels,
    kernels: KernelSet
  ) {
    kernels.maps(output.format).pointee.response_norm(
      ck_pixels(input), count, channels, ck_response_norm(norm), ck_output_pixels(output))
  }
}

/// Size and constants of local response normalization: input / (bias + alpha / size · Σ squares)^beta, the
/// sum over `size` neighboring channels.
package struct ResponseNorm: Hashable, Sendable {
  /// Channels in the sum, n.
  package var size: Int
  /// α, which is divided by n.
  package var alpha: Float
  /// β.
  package var beta: Float
  /// k.
  package var bias: Float

  /// A normalization from its parts.
  package init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
}

extension ck_response_norm {
  init(_ norm: ResponseNorm) {
    self.init(size: norm.size, alpha: norm.alpha, beta: norm.beta, bias: norm.bias)
  }
}
