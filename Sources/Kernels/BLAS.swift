import COpenBLAS
import COpenBLASThreads
import Glibc
import Synchronization
import TensorCore

/// OpenBLAS, one thread per call: the executor divides the work among threads.
///
/// The library picks its kernels when it is loaded. `OPENBLAS_CORETYPE` influences the choice only if it is
/// set before the program starts, and 0.3.21 has no call that changes it later, so the choice stands. On Zen
/// 3 it is "Zen". Over twelve shapes that are used here (one thread, best of nine times six calls,
/// alternating with `OPENBLAS_CORETYPE=Haswell`) "Haswell" is 1.05 times as fast in the geometric mean, from
/// 1.00 to 1.08 times: 512³ at 91.9 and 93.4 GFLOP/s, im2col 56 × 128 × 1152 at 81.2 and 83.0, a linear
/// layer's 32 × 32 × 4096 at 60.4 and 65.1, the scatter product 256 × 1152 × 128 at 83.9 and 89.9. A few
/// percent are not worth starting the program a second time.
package enum BLAS {
  /// Makes all later calls run on the calling thread alone.
  ///
  /// The library starts no threads of its own, see `COpenBLASThreads`. If it did (another build of it, or a
  /// process that loaded it first), each would spin for 2²⁸ clock ticks, a tenth of a second, on a core that
  /// our threads need: this call stops them. The setting is global to the process and made once. Code that
  /// starts threads makes it first, and so does every product, since none may run on threads that are being
  /// stopped.
  package static func useCallingThreadOnly() { _ = usesCallingThreadOnly }

  private static let usesCallingThreadOnly: Bool = {
    let startedNone = openblas_threads_are_ours() == 1 && openblas_get_num_threads() == 1
    openblas_set_num_threads(1)
    if !startedNone { cnnzoo_blas_end_threads() }
    return true
  }()

  /// Address space that each call takes while it runs, and that the library then keeps for later calls: 128 MiB in its
  /// builds for x86-64, no more in others.
  package static let workSpaceBytes = 128 << 20

  /// Makes sure that as many threads can call the library at the same time, where address space is limited.
  ///
  /// The library maps its work space at the first call and, where `mmap` fails, tries again forever. So it is taken
  /// here, as long as it is known to fit.
  ///
  /// - Parameter threads: Threads that will call it at the same time.
  /// - Throws: ``WorkSpaceError`` where it does not fit.
  package static func takeWorkSpace(threads: Int) throws(WorkSpaceError) {
    guard AvailableMemory.isLimited else { return }
    let result = taken.withLock { taken -> Result<Void, WorkSpaceError> in
      let needed = max(threads - taken, 0) * workSpaceBytes
      guard AvailableMemory.holds(needed) else {
        return .failure(WorkSpaceError(threads: threads, needed: needed))
      }
      guard needed > 0 else { return .success(()) }
      // All at once: one that is returned would be taken again.
      let spaces = (0..<threads).map { _ in cnnzoo_blas_take_work_space() }
      for space in spaces { cnnzoo_blas_return_work_space(space) }
      taken = threads
      return .success(())
    }
    try result.get()
  }

  /// Bytes that ``takeWorkSpace(threads:)`` would take now.
  package static func missingWorkSpaceBytes(threads: Int) -> Int {
    AvailableMemory.isLimited ? taken.withLock { max(threads - $0, 0) } * workSpaceBytes : 0
  }

  /// Work spaces that the library has.
  private static let taken = Mutex(0)

  /// Whether an algorithm of this name calls the library.
  package static func isCalled(by algorithm: String) -> Bool {
    ["sgemm", "sbgemm", "im2col"].contains { algorithm.contains($0) }
  }

  /// C = A · B, or C += A · B if it `accumulates`: `rows × depth` times `depth × columns`, all row-major.
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

  /// Whether the library multiplies bfloat16: builds of it without `BUILD_BFLOAT16`, Debian's among them, do not.
  ///
  /// The first to ask makes it compute a product.
  package static var multipliesBFloat16: Bool { bfloat16Product != nil }

  /// C = A · B, or C += A · B if it `accumulates`, for A and B in bfloat16 and C in float32.
  ///
  /// Only where the library ``multipliesBFloat16``.
  package static func multiply(
    rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<UInt16>, rowStride aStride: Int,
    _ b: UnsafePointer<UInt16>, rowStride bStride: Int, accumulates: Bool = false,
    into c: UnsafeMutablePointer<Float>, rowStride cStride: Int
  ) {
    guard let bfloat16Product else { preconditionFailure("OpenBLAS has no cblas_sbgemm") }
    useCallingThreadOnly()
    bfloat16Product(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(aStride), b, Int32(bStride), accumulates ? 1 : 0, c, Int32(cStride))
  }

  /// `cblas_sbgemm`, looked up since a program linked with it would not start where it is missing.
  ///
  /// `nil` also where it computes nothing: on CPUs with AMX it returns at once if the system does not grant it the tiles.
  private static let bfloat16Product: BFloat16Product? = {
    // RTLD_DEFAULT is a null pointer, which Swift does not import.
    guard let symbol = dlsym(nil, "cblas_sbgemm"), (try? takeWorkSpace(threads: 1)) != nil else { return nil }
    let product = unsafeBitCast(symbol, to: BFloat16Product.self)
    var (two, result) = (Float(2).bfloat16, Float.nan)
    useCallingThreadOnly()
    product(CblasRowMajor, CblasNoTrans, CblasNoTrans, 1, 1, 1, 1, &two, 1, &two, 1, 0, &result, 1)
    return result == 4 ? product : nil
  }()

  private typealias BFloat16Product =
    @convention(c) (
      CBLAS_ORDER, CBLAS_TRANSPOSE, CBLAS_TRANSPOSE, _ m: Int32, _ n: Int32, _ k: Int32, _ alpha: Float,
      _ a: UnsafePointer<UInt16>, _ aStride: Int32, _ b: UnsafePointer<UInt16>, _ bStride: Int32,
      _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ cStride: Int32
    ) -> Void

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

  /// C = Aᵀ · B, or C += Aᵀ · B if it `accumulates`: the transpose of `depth × rows` times `depth × columns`,
  /// all row-major.
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

  /// Version that the library reports: `0.3.21`.
  package static var version: String {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    return words.count > 1 ? String(words[1]) : "unknown"
  }

  /// The kernels that the library chose for this CPU, such as `Haswell` or `SkylakeX`.
  package static var coreName: String { String(cString: openblas_get_corename()) }
}
