import Engine
import Kernels
import TensorCore

/// The rate at which OpenBLAS multiplies large matrices here and now: what networks are compared with.
///
/// Every thread multiplies its own 512 × 512 matrices, single-threaded, all at the same time.
package final class SgemmRate: ParallelJob {
  private static let size = 512
  private static let repetitions = 4

  private let pool: ThreadPool
  private let matrices: Buffer

  /// A measurement on as many threads as will run the network.
  package init(threads: Int) {
    pool = ThreadPool(threadCount: threads)
    let count = 3 * SgemmRate.size * SgemmRate.size
    matrices = Buffer(count: count * pool.threadCount)
    // Any values but denormal ones cost the same.
    unsafe matrices.pointer.update(repeating: 0.5, count: matrices.count)
    BLAS.useCallingThreadOnly()
  }

  /// One thread's share.
  package func work(thread: Int) {
    let size = SgemmRate.size
    let a = unsafe matrices.pointer + thread * 3 * size * size
    for _ in 0..<SgemmRate.repetitions {
      unsafe BLAS.multiply(
        rows: size, columns: size, depth: size, a, rowStride: size, a + size * size, rowStride: size,
        into: a + 2 * size * size, rowStride: size)
    }
  }

  /// GFLOP/s of all threads together, once.
  package func measureOnce() -> Double {
    let stopwatch = Stopwatch()
    pool.run(self)
    let seconds = stopwatch.seconds
    let size = Double(SgemmRate.size)
    return 2 * size * size * size * Double(SgemmRate.repetitions * pool.threadCount) / seconds * 1e-9
  }
}
