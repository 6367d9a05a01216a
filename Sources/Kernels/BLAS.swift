import COpenBLAS

/// OpenBLAS, one thread a call: the split over threads is the executor's.
package enum BLAS {
  /// Makes every later call run on the calling thread alone.
  ///
  /// The setting is global to the process, so whoever runs a plan says so once and nobody else does.
  package static func useCallingThreadOnly() { openblas_set_num_threads(1) }

  /// C = A · B: `rows × depth` times `depth × columns`, all row-major.
  package static func multiply(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, into c: UnsafeMutablePointer<Float>,
    rowStride cStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }

  /// C = A · Bᵀ: `rows × depth` times the transpose of `columns × depth`, all row-major.
  package static func multiplyTransposed(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, into c: UnsafeMutablePointer<Float>,
    rowStride cStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }

  /// C = A · B, or C + A · B where `accumulates`.
  package static func multiply(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, accumulates: Bool,
    into c: UnsafeMutablePointer<Float>, rowStride cStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), accumulates ? 1 : 0, c, Int32(cStride))
  }

  /// C = Aᵀ · B: the transpose of `depth × rows` times `depth × columns`, all row-major.
  package static func multiplyTransposedLeft(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, into c: UnsafeMutablePointer<Float>,
    rowStride cStride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }

  /// Version as the library states it: `0.3.21`.
  package static var version: String {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return words.count > 1 ? String(words[1]) : "unknown"
  }

  /// The kernels that the library picked for this CPU, such as `Haswell` or `SkylakeX`.
  package static var coreName: String { String(cString: openblas_get_corename()) }
}
