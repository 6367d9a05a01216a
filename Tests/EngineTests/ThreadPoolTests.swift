import Engine
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  /// Each thread counts in a place of its own, without a lock: that the caller sees the counts is the pool's work.
  private final class Counting: ParallelJob {
    private let counts: UnsafeMutableBufferPointer<Int>
    var calls: [Int] { Array(counts) }

    init(threads: Int) {
      counts = .allocate(capacity: threads)
      counts.initialize(repeating: 0)
    }

    deinit { counts.deallocate() }

    func work(thread: Int) { counts[thread] += 1 }
  }

  @Test(arguments: [1, 2, 4]) func everyThreadWorksOnceAJob(threads: Int) throws {
    let pool = try ThreadPool(threadCount: threads)
    let job = Counting(threads: threads)
    for _ in 0..<500 { pool.run(job) }
    #expect(job.calls == [Int](repeating: 500, count: threads))
  }

  @Test(arguments: [1, 2, 4]) func everyPieceIsDoneOnce(threads: Int) throws {
    let done = Mutex<[Int: Int]>([:])
    try ThreadPool(threadCount: threads).share(1000) { piece in done.withLock { $0[piece, default: 0] += 1 } }
    #expect(done.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<1000).map { ($0, 1) }))
  }

  /// Workers that have gone to sleep between two jobs are woken again.
  @Test func wakesSleepers() async throws {
    let pool = try ThreadPool(threadCount: 3)
    let job = Counting(threads: 3)
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(20))
      pool.run(job)
    }
    #expect(job.calls == [5, 5, 5])
  }
}
