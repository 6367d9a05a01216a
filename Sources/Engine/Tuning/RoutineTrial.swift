import GraphIR
import Kernels
import TensorCore

/// One routine with memory of its own, timed outside a network.
final class RoutineTrial: ParallelJob {
  private let routine: any Routine
  private let pool: ThreadPool
  private let threadScratchCount: Int
  private let packedStride: Int
  private let runner: StageRunner
  private let inputs: [Buffer.Shared]
  private let output: Buffer.Shared
  private let packed: Buffer
  private let copies: Int
  private let sharedScratch: Buffer
  private let threadScratch: Buffer
  private let inputTable: UnsafeMutablePointer<UnsafePointer<Float>>
  private let readsWeightsFromMemory: Bool
  private var run = 0

  /// Bytes of all copies of cached weights: more than the cores' own caches hold, less than the one they share.
  private static let cachedBytes = 4 << 20
  private static let line = Buffer.alignment / MemoryLayout<Float>.stride

  /// Takes memory for a routine.
  ///
  /// - Parameters:
  ///   - routine: the routine to time.
  ///   - inputs: what it reads.
  ///   - output: where it writes.
  ///   - pool: the threads that run it.
  ///   - readsWeightsFromMemory: whether the packed parameters are evicted from all caches before each run, as
  ///     the other layers of a large network would do. Otherwise each run finds another copy, as far away as the
  ///     other layers of a small network leave them.
  init(
    _ routine: any Routine, inputs: [Buffer.Shared], output: Buffer.Shared, pool: ThreadPool,
    readsWeightsFromMemory: Bool
  ) {
    self.routine = routine
    self.inputs = inputs
    self.output = output
    self.pool = pool
    self.readsWeightsFromMemory = readsWeightsFromMemory
    runner = StageRunner(threads: pool.threadCount, steps: [(0, routine.workItems)])
    packedStride = max(routine.packedCount, 1).roundedUp(to: RoutineTrial.line)
    // Any values cost the same, unless they are denormal or become infinite.
    copies =
      readsWeightsFromMemory
      ? 1 : (RoutineTrial.cachedBytes / MemoryLayout<Float>.stride).dividedRoundingUp(by: packedStride)
    packed = Buffer(repeating: 0.01, count: packedStride * copies)
    sharedScratch = Buffer(repeating: 0, count: routine.sharedScratchCount)
    threadScratchCount = routine.threadScratchCount.roundedUp(to: RoutineTrial.line)
    threadScratch = Buffer(repeating: 0, count: threadScratchCount * pool.threadCount)
    inputTable = .allocate(capacity: max(inputs.count, 1))
    for (index, input) in inputs.enumerated() {
      (inputTable + index).initialize(to: UnsafePointer(input.buffer.pointer))
    }
  }

  deinit { inputTable.deallocate() }

  /// Seconds of one run.
  func measure() -> Double {
    run += 1
    if readsWeightsFromMemory { Caches.evict(packed.pointer, count: packed.count) }
    let stopwatch = Stopwatch()
    pool.run(self)
    return stopwatch.seconds
  }

  func work(thread: Int) {
    let scratch = threadScratch.pointer + thread * threadScratchCount
    let memory = RoutineMemory(
      inputs: inputTable, output: output.buffer.pointer, packed: packed.pointer + run % copies * packedStride,
      sharedScratch: sharedScratch.pointer, threadScratch: scratch)
    withUnsafePointer(to: BoundRoutine(routine: routine, memory: memory)) { step in
      runner.run(member: thread, InferenceProgram(steps: step), scratch: scratch) { _ in }
    }
  }
}

extension Buffer {
  /// A buffer that several trials read or write.
  final class Shared {
    let buffer: Buffer

    init(repeating value: Float, count: Int) { buffer = Buffer(repeating: value, count: count) }
  }
}
