import CKernels
import TensorCore

/// A matrix of weights in float16, with a power of two for each row.
///
/// The power scales the largest magnitude of the row to 2^14, well inside the range of float16: rows of any
/// magnitude fit, and values down to 2^-28 of the largest keep all eleven bits. Scaling is exact, so the
/// error of a weight is at most 2^-11 of the weight, or 2^-39 of the row's largest weight if that is more.
package struct HalfMatrix: NarrowMatrix {
  package static let type = "f16"

  /// Outputs.
  package let rows: Int
  /// Inputs.
  package let columns: Int

  /// A matrix of the given size.
  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  /// Floats of the packed matrix: a factor for each row, then the float16 values, two to a float.
  package var floats: Int { factorCount + (rows * columns).dividedRoundingUp(by: 2) }
  private var factorCount: Int { rows.roundedUp(to: Buffer.alignment / MemoryLayout<Float>.stride) }

  package func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, kernels: KernelSet
  ) {
    let halves = UnsafeMutableRawPointer(packed + factorCount).bindMemory(
      to: UInt16.self, capacity: rows * columns)
    for row in 0..<rows {
      let source = weights + row * columns
      let exponent = Float16Scale.exponent(of: UnsafeBufferPointer(start: source, count: columns))
      packed[row] = Float16Scale.power(exponent)
      kernels.functions.pointee.narrow_half(
        source, columns, Float16Scale.power(-exponent), halves + row * columns)
    }
  }

  package func multiply(
    rows: Range<Int>, of packed: UnsafePointer<Float>, _ input: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, _ activation: Activation, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    kernels.functions.pointee.half_matrix_vector(
      halves(packed) + rows.lowerBound * columns, packed + rows.lowerBound, input, bias, rows.count, columns,
      ck_activation(activation), output)
  }

  package func widen(
    rows: Range<Int>, of packed: UnsafePointer<Float>, into weights: UnsafeMutablePointer<Float>,
    kernels: KernelSet
  ) {
    for (index, row) in rows.enumerated() {
      kernels.functions.pointee.widen_half(
        halves(packed) + row * columns, columns, packed[row], weights + index * columns)
    }
  }

  private func halves(_ packed: UnsafePointer<Float>) -> UnsafePointer<UInt16> {
    UnsafeRawPointer(packed + factorCount).assumingMemoryBound(to: UInt16.self)
  }
}
