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

  /// Gradient of ``Elementwise/normalizeLayer(_:count:channels:scale:shift:epsilon:into:kernels:)``.
  ///
  /// `target` is that of the input, `nil` where it is not wanted; those of scale and shift have `channels` floats each and
  /// are overwritten.
  package static func layerNorm(
    input: Pixels, gradient: MutablePixels, count: Int, channels: Int, scale: UnsafePointer<Float>,
    epsilon: Float, accumulates: Bool, into target: MutablePixels?,
    scaleGradient: UnsafeMutablePointer<Float>, shiftGradient: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.layer_norm_gradient(
      ck_pixels(input), ck_pixels(gradient), count, channels,
      ck_layer_norm(scale: scale, shift: nil, epsilon: epsilon), accumulates ? 1 : 0,
      ck_output_pixels(first: target?.pointer, stride: target?.stride ?? 0), scaleGradient, shiftGradient)
  }

  /// part(i)[p][c] (+)= gradient[p][c · parts + i] for `channels` of each part.
  package static func deinterleave(
    _ gradient: MutablePixels, parts: Int, count: Int, channels: Int, accumulates: Bool, kernels: KernelSet,
    into part: (Int) -> MutablePixels
  ) {
    withUnsafeTemporaryAllocation(of: ck_output_pixels.self, capacity: parts) { table in
      for index in 0..<parts { table.initializeElement(at: index, to: ck_output_pixels(part(index))) }
      kernels.functions.pointee.training.pointee.deinterleave(
        ck_pixels(gradient), count, channels, accumulates ? 1 : 0, table.baseAddress, parts)
    }
  }

  /// output[c] = Σ over `count` pixels of left[p][c] · right[p][c].
  package static func sumProducts(
    _ left: Pixels, _ right: MutablePixels, count: Int, channels: Int,
    into output: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.sum_products(
      ck_pixels(left), ck_pixels(right), count, channels, output)
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
