import CKernels
import TensorCore

/// Kernels that touch each element once.
package enum Elementwise {
  /// target = act(target + bias + residual), `pixels × channels`.
  package static func addBias(
    to target: UnsafeMutablePointer<Float>, stride: Int, bias: UnsafePointer<Float>?,
    residual: Residual?, pixels: Int, channels: Int, activation: Activation, kernels: KernelSet
  ) {
    kernels.functions.pointee.bias_residual(
      target, stride, bias, residual?.pointer, residual?.pixelStride ?? 0, pixels, channels,
      ck_activation(activation), target, stride)
  }

  /// output = input.
  package static func copy(
    _ input: UnsafePointer<Float>, stride: Int, pixels: Int, channels: Int,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, kernels: KernelSet
  ) {
    kernels.functions.pointee.bias_residual(
      input, stride, nil, nil, 0, pixels, channels, ck_activation(.identity), output, outputStride)
  }

  /// output = act(input · scale + shift + residual), with one scale and shift a channel.
  package static func scaleShift(
    _ input: UnsafePointer<Float>, stride: Int, scale: UnsafePointer<Float>,
    shift: UnsafePointer<Float>, residual: Residual?, pixels: Int, channels: Int, activation: Activation,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, kernels: KernelSet
  ) {
    kernels.functions.pointee.scale_shift(
      input, stride, scale, shift, residual?.pointer, residual?.pixelStride ?? 0, pixels, channels,
      ck_activation(activation), output, outputStride)
  }

  /// output = act(left + right).
  package static func add(
    _ left: UnsafePointer<Float>, stride leftStride: Int, _ right: UnsafePointer<Float>,
    stride rightStride: Int, pixels: Int, channels: Int, activation: Activation,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, kernels: KernelSet
  ) {
    kernels.functions.pointee.add(
      left, leftStride, right, rightStride, pixels, channels, ck_activation(activation), output, outputStride)
  }

  /// output = left - right.
  package static func subtract(
    _ left: UnsafePointer<Float>, stride leftStride: Int, _ right: UnsafePointer<Float>,
    stride rightStride: Int, pixels: Int, channels: Int, into output: UnsafeMutablePointer<Float>,
    outputStride: Int, kernels: KernelSet
  ) {
    kernels.functions.pointee.subtract(
      left, leftStride, right, rightStride, pixels, channels, output, outputStride)
  }

  /// output = act(input); the output may be the input.
  package static func activate(
    _ input: UnsafePointer<Float>, stride: Int, pixels: Int, channels: Int, activation: Activation,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, kernels: KernelSet
  ) {
    kernels.functions.pointee.activate(
      input, stride, pixels, channels, ck_activation(activation), output, outputStride)
  }

  /// Local response normalization across channels: see `ckernels.h`.
  package static func responseNorm(
    _ input: UnsafePointer<Float>, stride: Int, pixels: Int, channels: Int, size: Int, alpha: Float,
    beta: Float, bias: Float, into output: UnsafeMutablePointer<Float>, outputStride: Int,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.response_norm(
      input, stride, pixels, channels, size, alpha, beta, bias, output, outputStride)
  }
}
