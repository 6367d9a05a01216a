import Engine
import Kernels
import TensorCore

/// The rate at which large matrices are multiplied here and now, by OpenBLAS and by our own kernel: what a network is
/// held against.
///
/// Every thread multiplies its own 512 × 512 matrices, all at the same time. For our kernel, it is a 1×1 convolution of
/// 512 pixels with 512 inputs and outputs.
package final class ProductRate: ParallelJob {
  /// Whose kernel multiplies.
  package enum Multiplier: Sendable {
    case openBLAS
    case own
  }

  private static let size = 512
  private static let repetitions = 4
  private static let matrixCount = size * size

  private static let ownProduct: ImplicitGEMM = {
    let pixels = ActivationLayout([1, size, 1, size])
    return ImplicitGEMM(
      ConvolutionGeometry(input: pixels, output: pixels, window: Window(kernel: 1), groups: 1),
      epilogue: Epilogue(hasBias: false, activation: .identity), kernels: .best)
  }()
  /// Floats of one thread: three matrices, then what our kernel has packed, and its scratch.
  private static let threadFloats =
    3 * matrixCount
    + (ownProduct.packedCount + ownProduct.sharedScratchCount + ownProduct.threadScratchCount)
    .roundedUp(to: Buffer.alignment / MemoryLayout<Float>.stride)

  private let pool: ThreadPool
  private let matrices: Buffer
  private var multiplier = Multiplier.openBLAS

  /// A measurement on as many threads as will run the network.
  ///
  /// Throws ``ThreadError`` and ``WorkSpaceError``.
  package init(threads: Int) throws {
    pool = try ThreadPool(threadCount: threads)
    matrices = Buffer(count: Self.threadFloats * pool.threadCount)
    // Any values but denormal ones cost the same; packed, they are the same values in another order.
    unsafe matrices.pointer.update(repeating: 0.5, count: matrices.count)
    BLAS.useCallingThreadOnly()
    try BLAS.takeWorkSpace(threads: pool.threadCount)
  }

  /// Bytes for a number of threads.
  static func bytes(threads: Int) -> Int { threads * threadFloats * MemoryLayout<Float>.stride }

  /// One thread's share.
  package func work(thread: Int) {
    let (size, count) = (Self.size, Self.matrixCount)
    let a = unsafe matrices.pointer + thread * Self.threadFloats
    let (b, c) = unsafe (a + count, a + 2 * count)
    switch multiplier {
    case .openBLAS:
      for _ in 0..<Self.repetitions {
        unsafe BLAS.multiply(
          rows: size, columns: size, depth: size, a, rowStride: size, b, rowStride: size, into: c,
          rowStride: size)
      }
    case .own:
      let ownProduct = Self.ownProduct
      let packed = unsafe a + 3 * count
      let scratch = unsafe packed + ownProduct.packedCount
      let operands = unsafe ConvolutionOperands(
        input: a, residual: nil, packed: packed, sharedScratch: scratch,
        threadScratch: scratch + ownProduct.sharedScratchCount, output: c)
      for _ in 0..<Self.repetitions {
        for (phase, items) in ownProduct.workItems.enumerated() {
          for item in 0..<items { ownProduct.run(phase: phase, item: item, operands) }
        }
      }
    }
  }

  /// GFLOP/s of all threads together, once.
  package func measureOnce(_ multiplier: Multiplier) -> Double {
    self.multiplier = multiplier
    let stopwatch = Stopwatch()
    pool.run(self)
    let seconds = stopwatch.seconds
    let size = Double(Self.size)
    return 2 * size * size * size * Double(Self.repetitions * pool.threadCount) / seconds * 1e-9
  }
}
