import GraphIR
import Kernels
import TensorCore

/// A plan with its memory and its threads, ready to run.
///
/// All memory is taken at initialisation. ``run(_:into:)`` allocates nothing and throws nothing: the
/// threads walk through the stages together, take tiles, and meet at a barrier behind each stage. Which
/// thread computes a tile has no influence on its bits.
package final class Executor: @unchecked Sendable {
  /// What is run.
  package let plan: Plan
  /// Threads that work on it.
  package var threadCount: Int { pool.threadCount }

  private let pool: ThreadPool
  private let barrier: Barrier
  private let arena: Buffer
  private let threadScratch: Buffer
  private let weights: PackedWeights
  private let stages: [Stage]
  private let memories: [RoutineMemory]
  private let inputTables: UnsafeMutablePointer<UnsafePointer<Float>>
  private let clock: Profile?
  private var picture: UnsafePointer<Float>?

  /// Takes the memory of a plan and fills in its parameters.
  ///
  /// - Parameters:
  ///   - plan: what will be run.
  ///   - source: where the parameters come from; called from all threads.
  ///   - threads: threads that may work, at least 1; small plans take fewer, see ``threadCount``.
  ///   - profile: where times of steps are noted, if that is wanted.
  /// - Throws: what `source` throws.
  package init(
    _ plan: Plan, parameters source: any ParameterSource, threads: Int, profile: Profile? = nil
  ) throws {
    BLAS.useCallingThreadOnly()
    self.plan = plan
    pool = ThreadPool(threadCount: ThreadPolicy.threads(for: plan.graph, requested: threads))
    barrier = Barrier(threads: pool.threadCount)
    weights = try PackedWeights(plan, source: source, pool: pool)
    arena = Buffer(repeating: 0, count: plan.memory.arenaCount)
    threadScratch = Buffer(
      repeating: 0, count: plan.memory.threadScratchCount * pool.threadCount)
    clock = profile

    inputTables = .allocate(capacity: max(plan.steps.reduce(0) { $0 + $1.inputs.count }, 1))
    var table = inputTables
    var memories: [RoutineMemory] = []
    var stages: [Stage] = []
    for (index, step) in plan.steps.enumerated() {
      for (position, offset) in step.inputs.enumerated() {
        (table + position).initialize(to: UnsafePointer(arena.pointer + offset))
      }
      memories.append(
        RoutineMemory(
          inputs: UnsafePointer(table), output: arena.pointer + step.output,
          packed: weights.pointer + step.packed, sharedScratch: arena.pointer + step.scratch,
          threadScratch: threadScratch.pointer))
      table += step.inputs.count
      for (phase, tiles) in step.routine.tiles.enumerated() {
        stages.append(Stage(step: index, phase: phase, tiles: tiles))
      }
    }
    self.memories = memories
    self.stages = stages
  }

  deinit { inputTables.deallocate() }

  /// Runs the plan.
  ///
  /// - Parameters:
  ///   - input: the pictures, `[N, C, H, W]`, float32, dense.
  ///   - logits: where the result goes, `[N, classes]`, dense.
  package func run(_ input: UnsafePointer<Float>, into logits: UnsafeMutablePointer<Float>) {
    for stage in stages { stage.restart() }
    picture = input
    clock?.begin()
    pool.run(self)
    clock?.end()
    picture = nil
    let (offset, layout) = plan.output
    for image in 0..<layout.batch {
      (logits + image * layout.channels).update(
        from: arena.pointer + offset + image * layout.pixelStride, count: layout.channels)
    }
  }

  /// Reads the result of a part of the network that the plan was told to keep, as `[N, C, H, W]`.
  package func value(of name: String) -> [Float]? {
    guard let (offset, layout) = plan.value(of: name) else { return nil }
    var values: [Float] = []
    values.reserveCapacity(layout.pixels * layout.channels)
    for image in 0..<layout.batch {
      for channel in 0..<layout.channels {
        for pixel in 0..<layout.pixelsPerImage {
          values.append(
            arena.pointer[
              offset + (image * layout.pixelsPerImage + pixel) * layout.pixelStride + channel])
        }
      }
    }
    return values
  }
}

extension Executor: ParallelJob {
  /// One thread's share of a run.
  package func work(thread: Int) {
    let scratch = threadScratch.pointer + thread * plan.memory.threadScratchCount
    layOutPicture(thread: thread)
    barrier.wait()
    if thread == 0 { clock?.inputIsReady() }
    for stage in stages {
      let routine = plan.steps[stage.step].routine
      let shared = memories[stage.step]
      let memory = RoutineMemory(
        inputs: shared.inputs, output: shared.output, packed: shared.packed,
        sharedScratch: shared.sharedScratch, threadScratch: scratch)
      while let tile = stage.take() { routine.run(phase: stage.phase, tile: tile, memory: memory) }
      barrier.wait()
      if thread == 0 { clock?.stageIsDone(step: stage.step) }
    }
  }

  /// Copies this thread's rows of the pictures from channels-first to channels-last.
  private func layOutPicture(thread: Int) {
    guard let picture else { return }
    let (offset, layout) = plan.input
    let rows = layout.batch * layout.height
    layout.copyPictures(
      rows: rows * thread / threadCount..<rows * (thread + 1) / threadCount, from: picture,
      into: arena.pointer + offset)
  }
}
