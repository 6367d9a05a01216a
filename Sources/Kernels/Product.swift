import CKernels
import TensorCore

/// Matrix times one vector or a few, with weights as checkpoints store them, `[outputs, depth]`.
package enum Product {
  /// output[o] = act(bias[o] + Σ weights[o][k] · input[k]).
  package static func matrixVector(
    _ weights: UnsafePointer<Float>, _ input: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    outputs: Int, depth: Int, _ activation: Activation, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.matrix_vector(
      weights, input, bias, outputs, depth, ck_activation(activation), output)
  }

  /// output[v][o] = act(bias[o] + Σ weights[o][k] · input[v][k]): faster than `sgemm` for a few vectors.
  package static func matrixVectors(
    _ weights: UnsafePointer<Float>, _ input: Pixels, vectors: Int, bias: UnsafePointer<Float>?,
    outputs: Int, depth: Int, _ activation: Activation, into output: MutablePixels, kernels: KernelSet
  ) {
    kernels.functions.pointee.matrix_vectors(
      weights, ck_pixels(input), vectors, bias, outputs, depth, ck_activation(activation),
      ck_output_pixels(output))
  }
}
