import CKernels
import TensorCore

/// A matrix of weights in bfloat16: the range of float32, and eight bits of precision.
package struct BFloat16Matrix: NarrowMatrix {
  package static let type = "bf16"

  /// Outputs.
  private let rows: Int
  /// Inputs.
  private let columns: Int

  /// A matrix of the given size.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package var floats: Int { (rows * columns).dividedRoundingUp(by: 2) }

  package func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    let numbers = UnsafeMutableRawPointer(packed).assumingMemoryBound(to: UInt16.self)
    kernels.bfloat16.pointee.narrow(weights, rows * columns, numbers)
  }

  package func multiply(
    rows: Range<Int>, of packed: UnsafePointer<Float>, _ input: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, _ activation: Activation, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.bfloat_matrix_vector(
      numbers(packed) + rows.lowerBound * columns, input, bias, rows.count, columns,
      ck_activation(activation), output)
  }

  package func widen(
    rows: Range<Int>, of packed: UnsafePointer<Float>, into weights: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.widen_bfloat(
      numbers(packed) + rows.lowerBound * columns, rows.count * columns, weights)
  }

  private func numbers(_ packed: UnsafePointer<Float>) -> UnsafePointer<UInt16> {
    UnsafeRawPointer(packed).assumingMemoryBound(to: UInt16.self)
  }
}
