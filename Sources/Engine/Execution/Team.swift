import GraphIR
import Kernels
import TensorCore

/// Threads that run a plan together on an arena of their own.
///
/// They walk through the stages, take tiles, and meet at a barrier behind each stage.
final class Team: @unchecked Sendable {
  private let plan: Plan
  private let threadCount: Int
  private let barrier: Barrier
  private let arena: UnsafeMutablePointer<Float>
  private let stages: [Stage]
  private let operands: [RoutineMemory]
  private let inputTables: UnsafeMutablePointer<UnsafePointer<Float>>

  /// A team of `threads` threads for a plan whose packed parameters lie at `weights`.
  init(
    _ plan: Plan, weights: UnsafePointer<Float>, arena: UnsafeMutablePointer<Float>, threads: Int
  ) {
    self.plan = plan
    self.arena = arena
    threadCount = threads
    barrier = Barrier(threads: threads)
    inputTables = .allocate(capacity: max(plan.steps.reduce(0) { $0 + $1.inputs.count }, 1))
    var table = inputTables
    var operands: [RoutineMemory] = []
    for step in plan.steps {
      for (position, offset) in step.inputs.enumerated() {
        (table + position).initialize(to: UnsafePointer(arena + offset))
      }
      operands.append(
        RoutineMemory(
          inputs: UnsafePointer(table), output: arena + step.output, packed: weights + step.packed,
          sharedScratch: arena + step.scratch, threadScratch: arena))
      table += step.inputs.count
    }
    self.operands = operands
    stages = plan.steps.enumerated().flatMap { index, step in
      step.routine.tiles.enumerated().map {
        Stage(step: index, phase: $0.offset, tiles: $0.element, threads: threads)
      }
    }
  }

  deinit { inputTables.deallocate() }

  /// One member's share of a run.
  ///
  /// - Parameters:
  ///   - member: number of the thread in the team, from 0.
  ///   - input: the images of this run, `[N, C, H, W]`.
  ///   - logits: where their logits go, `[N, classes]`.
  ///   - scratch: the thread's own scratch.
  ///   - clock: where this member notes times, if it does.
  func run(
    member: Int, _ input: UnsafePointer<Float>, into logits: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, clock: Profile?
  ) {
    barrier.wait()  // a member may still use this arena alone
    let (offset, layout) = plan.input
    let rows = layout.batch * layout.height
    layout.copyImages(
      rows: rows * member / threadCount..<rows * (member + 1) / threadCount, from: input, into: arena + offset
    )
    barrier.wait()
    clock?.inputIsReady()
    for stage in stages {
      let routine = plan.steps[stage.step].routine
      var memory = operands[stage.step]
      memory.threadScratch = scratch
      if threadCount == 1 {
        // Atomic tickets would be 2 % of LeNet-5.
        for tile in 0..<stage.tiles.count { routine.run(phase: stage.phase, tile: tile, memory: memory) }
      } else {
        while let tile = stage.tiles.take(thread: member) {
          routine.run(phase: stage.phase, tile: tile, memory: memory)
        }
        barrier.wait()
        if member == 0 { stage.tiles.restart() }  // behind the barrier nobody takes any more
      }
      clock?.stageIsDone(step: stage.step)
    }
    if member == 0 { copyLogits(into: logits) }
  }

  private func copyLogits(into logits: UnsafeMutablePointer<Float>) {
    let (offset, layout) = plan.output
    for image in 0..<layout.batch {
      (logits + image * layout.channels).update(
        from: arena + offset + image * layout.pixelStride, count: layout.channels)
    }
  }
}
