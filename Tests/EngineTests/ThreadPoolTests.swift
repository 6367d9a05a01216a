import Engine
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
  private final class Counting: ParallelJob {
    let calls = Mutex<[Int: Int]>([:])
    func work(thread: Int) { calls.withLock { $0[thread, default: 0] += 1 } }
  }

  @Test(arguments: [1, 2, 4]) func everyThreadWorksOnceAJob(threads: Int) throws {
    let pool = try ThreadPool(threadCount: threads)
    let job = Counting()
    for _ in 0..<500 { pool.run(job) }
    #expect(job.calls.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<threads).map { ($0, 500) }))
  }

  @Test(arguments: [1, 2, 4]) func everyPieceIsDoneOnce(threads: Int) throws {
    let done = Mutex<[Int: Int]>([:])
    try ThreadPool(threadCount: threads).share(1000) { piece in done.withLock { $0[piece, default: 0] += 1 } }
    #expect(done.withLock { $0 } == Dictionary(uniqueKeysWithValues: (0..<1000).map { ($0, 1) }))
  }

  /// Workers that have gone to sleep between two jobs are woken again.
  @Test func wakesSleepers() async throws {
    let pool = try ThreadPool(threadCount: 3)
    let job = Counting()
    for _ in 0..<5 {
      try await Task.sleep(for: .milliseconds(20))
      pool.run(job)
    }
    #expect(job.calls.withLock { $0.values.allSatisfy { $0 == 5 } })
  }
}
