import Glibc
import Kernels
import Synchronization

/// Work that all threads of a pool do together.
package protocol ParallelJob: AnyObject {
  /// Called once on each thread, with numbers from 0 to the number of threads.
  func work(thread: Int)
}

/// A fixed number of threads that start a job within microseconds.
///
/// Between two jobs a worker spins for a short while, because in a stream of images the next job is
/// near, and then sleeps, because otherwise it is not. The calling thread is thread 0.
package final class ThreadPool: @unchecked Sendable {
  /// Threads that work on a job, the caller included.
  package let threadCount: Int

  private let shared: Shared
  private var workers: [pthread_t] = []

  /// A pool of `threadCount` threads, the caller included.
  ///
  /// Throws ``ThreadError``; no thread is then left.
  package init(threadCount: Int) throws(ThreadError) {
    self.threadCount = max(threadCount, 1)
    shared = Shared()
    for thread in 1..<max(self.threadCount, 1) {
      let start = Unmanaged.passRetained(WorkerStart(shared: shared, thread: thread))
      var worker = pthread_t()
      let code = pthread_create(
        &worker, nil,
        { argument in
          if let argument {
            let start = Unmanaged<WorkerStart>.fromOpaque(argument).takeRetainedValue()
            start.shared.serve(thread: start.thread)
          }
          return nil
        }, start.toOpaque())
      guard code == 0 else {
        start.release()
        throw ThreadError(threads: self.threadCount, code: code)
      }
      workers.append(worker)
    }
  }

  deinit {
    shared.stop()
    for worker in workers { pthread_join(worker, nil) }
  }

  /// Runs a job on every thread and returns when the last one is done.
  ///
  /// Not reentrant.
  package func run(_ job: any ParallelJob) {
    if workers.isEmpty {
      job.work(thread: 0)
    } else {
      shared.run(job, workers: workers.count)
    }
  }
}

extension ThreadPool {
  /// Does `count` pieces of work that do not depend on each other, on all threads, and returns when the last one is
  /// done.
  package func share(_ count: Int, _ work: (Int) -> Void) {
    withoutActuallyEscaping(work) { run(PieceWork(Tickets(count: count), $0)) }
  }
}

private final class PieceWork: ParallelJob {
  private let pieces: Tickets
  private let work: (Int) -> Void

  init(_ pieces: Tickets, _ work: @escaping (Int) -> Void) {
    self.pieces = pieces
    self.work = work
  }

  func work(thread: Int) { while let piece = pieces.take() { work(piece) } }
}

private final class WorkerStart {
  let shared: Shared
  let thread: Int

  init(shared: Shared, thread: Int) {
    self.shared = shared
    self.thread = thread
  }
}

/// What caller and workers see of each other.
private final class Shared: @unchecked Sendable {
  /// How often a worker looks for the next job before it sleeps: half a millisecond.
  private static let spins = 20_000

  private let generation = Atomic<Int>(0)
  private let sleeping = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  private let isStopped = Atomic<Bool>(false)
  private var job: (any ParallelJob)?
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wakeUp = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wakeUp, nil)
  }

  deinit {
    pthread_cond_destroy(wakeUp)
    pthread_mutex_destroy(mutex)
    wakeUp.deallocate()
    mutex.deallocate()
  }

  func run(_ job: any ParallelJob, workers: Int) {
    self.job = job
    pending.store(workers, ordering: .relaxed)
    advance()
    job.work(thread: 0)
    var spin = Spin()
    while pending.load(ordering: .acquiring) > 0 { spin.once() }
    self.job = nil
  }

  func stop() {
    isStopped.store(true, ordering: .relaxed)
    advance()
  }

  /// Announces a new generation, and wakes the workers that have gone to sleep.
  ///
  /// A worker counts itself as sleeping before it looks at the generation for the last time, and here
  /// the generation changes before the sleepers are counted: one of the two sees the other.
  private func advance() {
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(wakeUp)
      pthread_mutex_unlock(mutex)
    }
  }

  func serve(thread: Int) {
    var seen = 0
    while true {
      seen = waitForGeneration(after: seen)
      if isStopped.load(ordering: .relaxed) { return }
      job?.work(thread: thread)
      pending.subtract(1, ordering: .releasing)
    }
  }

  private func waitForGeneration(after seen: Int) -> Int {
    var spin = Spin()
    for _ in 0..<Shared.spins {
      let now = generation.load(ordering: .acquiring)
      if now != seen { return now }
      spin.once()
    }
    pthread_mutex_lock(mutex)
    sleeping.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { pthread_cond_wait(wakeUp, mutex) }
    sleeping.subtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
    return generation.load(ordering: .acquiring)
  }
}
