/// What it costs threads to start together and to wait for each other, measured.
package struct SynchronizationCost: Hashable, Sendable {
  /// Seconds of a job in which no thread does anything, right after another job.
  package let wakeSeconds: Double
  /// Seconds of a barrier that all threads reach at the same time.
  package let barrierSeconds: Double

  private static let barriers = 1000
  private static let repetitions = 20

  /// Measures `threads` threads.
  ///
  /// The shortest of several times counts: whatever else runs on the machine only makes it slower.
  ///
  /// Throws ``ThreadError``.
  package static func measure(threads: Int) throws(ThreadError) -> SynchronizationCost {
    let pool = try ThreadPool(threadCount: threads)
    func seconds(barriers: Int) -> Double {
      let job = BarrierLoop(threads: pool.threadCount, count: barriers)
      let times = (0..<repetitions).map { _ in
        let stopwatch = Stopwatch()
        pool.run(job)
        return stopwatch.seconds
      }
      return times.min() ?? 0
    }
    let wake = seconds(barriers: 0)
    return SynchronizationCost(
      wakeSeconds: wake, barrierSeconds: max(seconds(barriers: barriers) - wake, 0) / Double(barriers))
  }
}

private final class BarrierLoop: ParallelJob {
  private let barrier: Barrier
  private let count: Int

  init(threads: Int, count: Int) {
    barrier = Barrier(threads: threads)
    self.count = count
  }

  func work(thread: Int) { for _ in 0..<count { barrier.wait() } }
}
