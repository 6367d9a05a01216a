import CLAPACKE
import Kernels
import TensorCore

/// Fills a row-major matrix with orthonormal rows or columns, whichever are fewer.
///
/// Q of the QR decomposition of a normal matrix, each column with the sign of R's diagonal, which makes
/// the result uniform over all orthogonal matrices (Mezzadri 2007, arXiv:math-ph/0609050).
func orthogonalize(
  _ matrix: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, _ generator: inout CounterGenerator
) {
  guard let base = matrix.baseAddress, rows > 0, columns > 0 else { return }
  // Beneath LAPACK is OpenBLAS, whose sums would depend on its number of threads.
  BLAS.useCallingThreadOnly()
  for i in matrix.indices { matrix[i] = Float(generator.normal()) }
  // LAPACK wants at least as many rows as columns. Row-major m × n is column-major n × m, so the wide
  // case is the same call on the transpose.
  let order = rows >= columns ? LAPACK_ROW_MAJOR : LAPACK_COL_MAJOR
  let (tall, narrow) = (Int32(max(rows, columns)), Int32(min(rows, columns)))
  let stride = Int32(columns)
  var factors = [Float](repeating: 0, count: Int(narrow))
  LAPACKE_sgeqrf(order, tall, narrow, base, stride, &factors)
  let signs = (0..<Int(narrow)).map { base[$0 * columns + $0] < 0 ? Float(-1) : 1 }
  LAPACKE_sorgqr(order, tall, narrow, narrow, base, stride, factors)
  for row in 0..<rows {
    for column in 0..<columns { base[row * columns + column] *= signs[rows >= columns ? column : row] }
  }
}
