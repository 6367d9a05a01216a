import CKernels
import TensorCore

/// The statistics of a batch, and the gradient of the normalization by them.
///
/// The loops run over `count` pixels of `channels` values.
package enum BatchStatistics {
  /// Mean of each channel, and sum of squared deviations from it.
  package static func compute(
    _ input: Pixels, count: Int, channels: Int, mean: UnsafeMutablePointer<Float>,
    deviation: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.batch_statistics(
      ck_pixels(input), count, channels, mean, deviation)
  }

  /// What a normalization has done, `channels` floats each.
  package struct Normalization {
    /// μ of the batch.
    package let mean: UnsafePointer<Float>
    /// 1 / √(σ² + ε).
    package let inverse: UnsafePointer<Float>
    /// γ / √(σ² + ε).
    package let scale: UnsafePointer<Float>
    /// β - μ · scale.
    package let shift: UnsafePointer<Float>
    /// What was applied to the results.
    package let activation: Activation

    /// A normalization from its parts.
    package init(
      mean: UnsafePointer<Float>, inverse: UnsafePointer<Float>, scale: UnsafePointer<Float>,
      shift: UnsafePointer<Float>, activation: Activation
    ) {
      self.mean = mean
      self.inverse = inverse
      self.scale = scale
      self.shift = shift
      self.activation = activation
    }

    fileprivate var parameters: ck_batch_norm {
      ck_batch_norm(mean: mean, inverse: inverse, scale: scale, shift: shift)
    }
  }

  /// Sums over pixels of g, the gradient in front of the activation, and of g times the normalized input.
  package static func sums(
    gradient: MutablePixels, input: Pixels, _ norm: Normalization, count: Int, channels: Int,
    sum: UnsafeMutablePointer<Float>, product: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.norm_sums(
      ck_pixels(gradient), ck_pixels(input), norm.parameters, count, channels,
      ck_activation(norm.activation), sum, product)
  }

  /// target (+)= scale · (g - meanGradient - (input - μ) · meanProduct), with g as above.
  package static func gradient(
    _ gradient: MutablePixels, input: Pixels, _ norm: Normalization, meanGradient: UnsafePointer<Float>,
    meanProduct: UnsafePointer<Float>, count: Int, channels: Int, accumulates: Bool,
    into target: MutablePixels, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.norm_gradient(
      ck_pixels(gradient), ck_pixels(input), norm.parameters, meanGradient, meanProduct, count, channels,
      ck_activation(norm.activation), accumulates ? 1 : 0, ck_output_pixels(target))
  }
}
