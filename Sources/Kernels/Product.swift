import CKernels
import TensorCore

/// Matrix times a vector or a few, with weights as checkpoints store them, `[outputs, depth]`.
package enum Product {
  /// output[o] = act(bias[o] + Σ weights[o][k] · input[k]).
  package static func matrixVector(
    _ weights: UnsafePointer<Float>, _ input: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    outputs: Int, depth: Int, activation: Activation, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.matrix_vector(
      weights, input, bias, outputs, depth, ck_activation(activation), output)
  }

  /// output[v][o] = act(bias[o] + Σ weights[o][k] · input[v][k]): faster than `sgemm` for some vectors.
  package static func matrixVectors(
    _ weights: UnsafePointer<Float>, _ input: UnsafePointer<Float>, inputStride: Int, vectors: Int,
    bias: UnsafePointer<Float>?, outputs: Int, depth: Int, activation: Activation,
    into output: UnsafeMutablePointer<Float>, outputStride: Int, kernels: KernelSet
  ) {
    kernels.functions.pointee.matrix_vectors(
      weights, input, inputStride, vectors, bias, outputs, depth, ck_activation(activation), output,
      outputStride)
  }
}
