import CKernels
import TensorCore

/// Backward kernels that read and write each element once.
///
/// The loops run over `count` pixels of `channels` values. A kernel that `accumulates` adds to its target;
/// otherwise it overwrites it.
package enum Gradients {
  /// target (+)= gradient · act'; the target may be the gradient.
  ///
  /// The derivative is computed from the activation's results, or from its inputs where it does not follow
  /// from the results.
  package static func activation(
    _ activation: Activation, at values: Pixels, gradient: MutablePixels, count: Int, channels: Int,
    accumulates: Bool, into target: MutablePixels, kernels: KernelSet
  ) {
    let (count, channels) = joined(count, channels, values.stride, gradient.stride, target.stride)
    kernels.functions.pointee.training.pointee.activation_gradient(
      ck_pixels(values), ck_pixels(gradient), count, channels, ck_activation(activation),
      accumulates ? 1 : 0, ck_output_pixels(target))
  }

  /// target (+)= factor · input.
  package static func scaled(
    _ input: MutablePixels, by factor: Float = 1, count: Int, channels: Int, accumulates: Bool,
    into target: MutablePixels, kernels: KernelSet
  ) {
    let (count, channels) = joined(count, channels, input.stride, target.stride)
    kernels.functions.pointee.training.pointee.scaled_add(
      ck_pixels(input), factor, count, channels, accumulates ? 1 : 0, ck_output_pixels(target))
  }

  /// Gradient of local response normalization; `scratch` has `2 * channels` floats.
  package static func responseNorm(
    _ norm: ResponseNorm, input: Pixels, gradient: MutablePixels, count: Int, channels: Int,
    accumulates: Bool, scratch: UnsafeMutablePointer<Float>, into target: MutablePixels, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.response_norm_gradient(
      ck_pixels(input), ck_pixels(gradient), count, channels, ck_response_norm(norm), accumulates ? 1 : 0,
      scratch, ck_output_pixels(target))
  }

  /// Pixels without gaps between them are one long pixel.
  private static func joined(
    _ count: Int, _ channels: Int, _ first: Int, _ second: Int, _ third: Int? = nil
  ) -> (count: Int, channels: Int) {
    first == channels && second == channels && third ?? channels == channels
      ? (1, count * channels) : (count, channels)
  }
}
