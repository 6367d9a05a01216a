import GraphIR
import Kernels
import TensorCore

/// One routine with memory of its own, to be timed outside a network.
final class RoutineTrial: ParallelJob {
  private let routine: any Routine
  private let pool: ThreadPool
  private let threadScratchCount: Int
  private let packedStride: Int
  private let barrier: Barrier
  private let stages: [Stage]
  private let inputs: [Buffer.Shared]
  private let output: Buffer.Shared
  private let packed: Buffer
  private let copies: Int
  private let sharedScratch: Buffer
  private let threadScratch: Buffer
  private let inputTable: UnsafeMutablePointer<UnsafePointer<Float>>
  private let readsWeightsFromMemory: Bool
  private var run = 0

  /// Together the copies of cached weights take this much: more than the cores' own caches, less than the
  /// last one that they share.
  private static let cachedBytes = 4 << 20
  private static let line = Buffer.alignment / MemoryLayout<Float>.stride

  /// Takes memory for a routine.
  ///
  /// - Parameters:
  ///   - routine: what is timed.
  ///   - inputs: what it reads.
  ///   - output: where it writes.
  ///   - pool: the threads.
  ///   - readsWeightsFromMemory: whether the packed parameters are taken out of all caches before each run, as
  ///     the other layers of a large network do it; else each run finds another copy, as far away as the
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
    barrier = Barrier(threads: pool.threadCount)
    stages = routine.tiles.enumerated().map {
      Stage(step: 0, phase: $0.offset, tiles: $0.element, threads: pool.threadCount)
    }
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
    for stage in stages { stage.tiles.restart() }
    run += 1
    if readsWeightsFromMemory { Caches.evict(packed.pointer, count: packed.count) }
    let start = MonotonicClock.seconds()
    pool.run(self)
    return MonotonicClock.seconds() - start
  }

  func work(thread: Int) {
    let memory = RoutineMemory(
      inputs: inputTable, output: output.buffer.pointer, packed: packed.pointer + run % copies * packedStride,
      sharedScratch: sharedScratch.pointer,
      threadScratch: threadScratch.pointer + thread * threadScratchCount)
    for stage in stages {
      while let tile = stage.tiles.take(thread: thread) {
        routine.run(phase: stage.phase, tile: tile, memory: memory)
      }
      barrier.wait()
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
