import CKernels
import TensorCore

/// Pixels of an activation or of its gradient: address and step.
package struct Pixels {
  /// First element.
  package let pointer: UnsafeMutablePointer<Float>
  /// Floats from pixel to pixel.
  package let stride: Int

  /// Pixels from their address.
  package init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
    self.pointer = pointer
    self.stride = stride
  }

  /// The same, beginning `count` pixels later.
  package func dropping(_ count: Int) -> Pixels { Pixels(pointer + count * stride, stride: stride) }
}

/// Backward kernels that touch each element once.
package enum Gradients {
  private static func kernels(_ set: KernelSet) -> ck_training_kernels {
    set.functions.pointee.training.pointee
  }

  /// Pixels without gaps between them are one long pixel.
  private static func joined(
    _ pixels: Int, _ channels: Int, _ first: Int, _ second: Int, _ third: Int? = nil
  ) -> (pixels: Int, channels: Int) {
    first == channels && second == channels && third ?? channels == channels
      ? (1, pixels * channels) : (pixels, channels)
  }

  /// target (+)= gradient · act', with the derivative from the activation's results, or from its inputs where it
  /// does not follow from the results; the target may be the gradient.
  package static func activation(
    _ activation: Activation, at values: UnsafePointer<Float>, stride: Int, gradient: Pixels, pixels: Int,
    channels: Int, accumulates: Bool, into target: Pixels, kernels set: KernelSet
  ) {
    let (pixels, channels) = joined(pixels, channels, stride, gradient.stride, target.stride)
    kernels(set).activation_gradient(
      values, stride, gradient.pointer, gradient.stride, pixels, channels, ck_activation(activation),
      accumulates ? 1 : 0, target.pointer, target.stride)
  }

  /// target (+)= factor · input.
  package static func scaled(
    _ input: Pixels, by factor: Float = 1, pixels: Int, channels: Int, accumulates: Bool,
    into target: Pixels, kernels set: KernelSet
  ) {
    let (pixels, channels) = joined(pixels, channels, input.stride, target.stride)
    kernels(set).scaled_add(
      input.pointer, input.stride, factor, pixels, channels, accumulates ? 1 : 0, target.pointer,
      target.stride)
  }

  /// Gradient of local response normalization; `scratch` holds twice `channels` floats.
  package static func responseNorm(
    input: UnsafePointer<Float>, inputStride: Int, gradient: Pixels, pixels: Int, channels: Int,
    size: Int, alpha: Float, beta: Float, bias: Float, accumulates: Bool,
    scratch: UnsafeMutablePointer<Float>, into target: Pixels, kernels set: KernelSet
  ) {
    kernels(set).response_norm_gradient(
      input, inputStride, gradient.pointer, gradient.stride, pixels, channels, size, alpha, beta, bias,
      accumulates ? 1 : 0, scratch, target.pointer, target.stride)
  }
}

/// Batch statistics and the gradient of the normalization by them.
package enum BatchStatistics {
  /// Mean and sum of squared deviations of each channel over `pixels`.
  package static func moments(
    _ input: UnsafePointer<Float>, stride: Int, pixels: Int, channels: Int,
    mean: UnsafeMutablePointer<Float>, deviation: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.moments(
      input, stride, pixels, channels, mean, deviation)
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

    /// A normalization from its addresses.
    package init(
      mean: UnsafePointer<Float>, inverse: UnsafePointer<Float>, scale: UnsafePointer<Float>,
      shift: UnsafePointer<Float>
    ) {
      self.mean = mean
      self.inverse = inverse
      self.scale = scale
      self.shift = shift
    }
  }

  /// Sums over pixels of the gradient, and of the gradient times the normalized input.
  package static func sums(
    gradient: Pixels, input: UnsafePointer<Float>, inputStride: Int, _ norm: Normalization, pixels: Int,
    channels: Int, activation: Activation, sum: UnsafeMutablePointer<Float>,
    product: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.norm_sums(
      gradient.pointer, gradient.stride, input, inputStride, norm.mean, norm.inverse, norm.scale,
      norm.shift, pixels, channels, ck_activation(activation), sum, product)
  }

  /// target (+)= scale · (gradient - first - (input - μ) · second).
  package static func gradient(
    _ gradient: Pixels, input: UnsafePointer<Float>, inputStride: Int, _ norm: Normalization,
    first: UnsafePointer<Float>, second: UnsafePointer<Float>, pixels: Int, channels: Int,
    activation: Activation, accumulates: Bool, into target: Pixels, kernels: KernelSet
  ) {
    kernels.functions.pointee.training.pointee.norm_gradient(
      gradient.pointer, gradient.stride, input, inputStride, norm.mean, norm.scale, norm.shift, first,
      second, pixels, channels, ck_activation(activation), accumulates ? 1 : 0, target.pointer, target.stride)
  }
}

extension Pooling {
  /// Adds the gradient of one image to that of its input, which holds zeros or what others have added.
  package func addGradient(
    image: Int, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
    gradient: UnsafePointer<Float>, gradientStride: Int, to target: UnsafeMutablePointer<Float>,
    targetStride: Int
  ) {
    let training = kernels.functions.pointee.training.pointee
    let outputPixels = image * self.output.pixelsPerImage
    let inputPixels = image * self.input.pixelsPerImage
    withUnsafePointer(to: window) { window in
      switch kind {
      case .maximum:
        training.max_pool_gradient(
          window, self.output.height, input + inputPixels * self.input.pixelStride,
          output + outputPixels * self.output.pixelStride, gradient + outputPixels * gradientStride,
          gradientStride, target + inputPixels * targetStride, targetStride)
      case .average:
        training.average_pool_gradient(
          window, self.output.height, gradient + outputPixels * gradientStride, gradientStride,
          target + inputPixels * targetStride, targetStride)
      }
    }
  }
}
