import COpenBLAS
import COpenBLASThreads

/// OpenBLAS, one thread a call: the split over threads is the executor's.
///
/// The library picks its kernels in its constructor; `OPENBLAS_CORETYPE` has a say in it only where it stands in
/// the environment before the program starts, and 0.3.21 has no call that changes the choice later. The choice
/// is left as it is. On Zen 3 it takes "Zen", and of twelve shapes that are used here (one thread, best of nine
/// times six runs side by side with `OPENBLAS_CORETYPE=Haswell`) "Haswell" is 1.05 times as fast in the geometric
/// mean, between 1.00 and 1.08: 512³ 91.9 and 93.4 GFLOP/s, im2col 56 × 128 × 1152 81.2 and 83.0, a linear
/// layer's 32 × 32 × 4096 60.4 and 65.1, the scatter product 256 × 1152 × 128 83.9 and 89.9. A few percent do not
/// pay for starting the program a second time.
package enum BLAS {
  /// Makes every later call run on the calling thread alone.
  ///
  /// The library starts no threads of its own, see `COpenBLASThreads`. Where it did all the same (another build of
  /// it, or a process that loaded it first), each of them spins for 2²⁸ clock ticks, a tenth of a second, on a core
  /// that ours need: they are ended here. The setting is global to the process and made once: whoever starts threads
  /// asks for it before, and every product does, since none may run on threads that are being ended.
  package static func useCallingThreadOnly() { _ = usesCallingThreadOnly }

  private static let usesCallingThreadOnly: Bool = {
    let startedNone = openblas_threads_are_ours() == 1 && openblas_get_num_threads() == 1
    openblas_set_num_threads(1)
    if !startedNone { cnnzoo_blas_end_threads() }
    return true
  }()

  /// C = A · B: `rows × depth` times `depth × columns`, all row-major; C + A · B where `accumulates`.
  package static func multiply(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, accumulates: Bool = false,
    into c: UnsafeMutablePointer<Float>, rowStride cStride: Int
  ) {
    useCallingThreadOnly()
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), accumulates ? 1 : 0, c, Int32(cStride))
  }

  /// C = A · Bᵀ: `rows × depth` times the transpose of `columns × depth`, all row-major.
  package static func multiplyTransposed(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, into c: UnsafeMutablePointer<Float>,
    rowStride cStride: Int
  ) {
    useCallingThreadOnly()
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), 0, c, Int32(cStride))
  }

  /// C = Aᵀ · B: the transpose of `depth × rows` times `depth × columns`, all row-major; C + Aᵀ · B where
  /// `accumulates`.
  package static func multiplyTransposedLeft(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, rowStride aStride: Int,
    _ b: UnsafePointer<Float>, rowStride bStride: Int, accumulates: Bool = false,
    into c: UnsafeMutablePointer<Float>, rowStride cStride: Int
  ) {
    useCallingThreadOnly()
    cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), accumulates ? 1 : 0, c, Int32(cStride))
  }

  /// Version as the library states it: `0.3.21`.
  package static var version: String {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return words.count > 1 ? String(words[1]) : "unknown"
  }

  /// The kernels that the library picked for this CPU, such as `Haswell` or `SkylakeX`.
  package static var coreName: String { String(cString: openblas_get_corename()) }
}
