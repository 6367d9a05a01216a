import CKernels
import TensorCore

/// Matrix times vector with weights as checkpoints store them, `[outputs, depth]`.
package enum Product {
  /// output[o] = act(bias[o] + Σ weights[o][k] · input[k]).
  package static func matrixVector(
    _ weights: UnsafePointer<Float>, _ input: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    outputs: Int, depth: Int, rectifies: Bool, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.matrix_vector(
      weights, input, bias, outputs, depth, rectifies ? 1 : 0, output)
  }
}
