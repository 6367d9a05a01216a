import Engine
import Kernels
import TensorCore

/// The rate at which memory is read here and now, by all threads together.
///
/// Every thread multiplies a matrix of its own by a vector, which is what reads memory fastest of all that
/// networks do; together the matrices are larger than caches are.
package final class ReadRate: ParallelJob {
  /// Bytes of the matrices.
  static let bytes = 128 << 20
  private static let depth = 4096

  private let pool: ThreadPool
  private let rows: Int
  private let matrices: Buffer
  private let vectors: Buffer

  /// A measurement on as many threads as run the network.
  ///
  /// Throws ``ThreadError``.
  package init(threads: Int) throws(ThreadError) {
    pool = try ThreadPool(threadCount: threads)
    let rowBytes = ReadRate.depth * MemoryLayout<Float>.stride
    rows = max(ReadRate.bytes / rowBytes / pool.threadCount, 1)
    matrices = Buffer(repeating: 0.5, count: pool.threadCount * rows * ReadRate.depth)
    vectors = Buffer(repeating: 0.5, count: pool.threadCount * (rows + ReadRate.depth))
  }

  /// One thread's share.
  package func work(thread: Int) {
    let vector = unsafe vectors.pointer + thread * (rows + ReadRate.depth)
    unsafe Product.matrixVector(
      matrices.pointer + thread * rows * ReadRate.depth, vector, bias: nil, outputs: rows,
      depth: ReadRate.depth, .identity, into: vector + ReadRate.depth, kernels: .best)
  }

  /// GB/s of all threads together, once.
  package func measureOnce() -> Double {
    let stopwatch = Stopwatch()
    pool.run(self)
    let seconds = stopwatch.seconds
    return Double(matrices.count * MemoryLayout<Float>.stride) / seconds * 1e-9
  }
}
