import GraphIR
import Kernels
import TensorCore

/// Threads that run a plan together on an arena of their own.
final class Team: @unchecked Sendable {
  private let plan: Plan
  private let arena: UnsafeMutablePointer<Float>
  private let runner: StageRunner
  private let steps: UnsafeMutableBufferPointer<BoundRoutine>
  private let inputTables: UnsafeMutablePointer<UnsafePointer<Float>>

  /// A team of `threads` threads for a plan whose packed parameters lie at `weights`.
  init(
    _ plan: Plan, weights: UnsafePointer<Float>, arena: UnsafeMutablePointer<Float>, threads: Int
  ) {
    self.plan = plan
    self.arena = arena
    inputTables = .allocate(capacity: max(plan.steps.reduce(0) { $0 + $1.inputs.count }, 1))
    steps = .allocate(capacity: plan.steps.count)
    var table = inputTables
    for (index, step) in plan.steps.enumerated() {
      for (position, offset) in step.inputs.enumerated() {
        (table + position).initialize(to: UnsafePointer(arena + offset))
      }
      let memory = RoutineMemory(
        inputs: UnsafePointer(table), output: arena + step.output, packed: weights + step.packed,
        sharedScratch: arena + step.scratch, threadScratch: arena)
      steps.initializeElement(at: index, to: BoundRoutine(routine: step.routine, memory: memory))
      table += step.inputs.count
    }
    runner = StageRunner(
      threads: threads, steps: plan.steps.enumerated().map { ($0.offset, $0.element.routine.workItems) })
  }

  deinit {
    steps.deinitialize().deallocate()
    inputTables.deallocate()
  }

  /// One member's share of a run.
  ///
  /// - Parameters:
  ///   - member: number of the thread in the team, from 0.
  ///   - input: the images of this run, `[N, C, H, W]`.
  ///   - logits: where their logits go, `[N, classes]`.
  ///   - scratch: the thread's own scratch.
  ///   - times: where this member notes its times, if it does.
  func run(
    member: Int, _ input: UnsafePointer<Float>, into logits: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>, times: ThreadTimes?
  ) {
    runner.meet()  // a member may still use this arena alone
    let (offset, layout) = plan.input
    layout.copyImages(part: member, of: runner.threadCount, from: input, into: arena + offset)
    runner.meet()
    times?.inputIsReady()
    if let steps = steps.baseAddress {
      runner.run(member: member, InferenceProgram(steps: UnsafePointer(steps)), scratch: scratch) {
        position in
        times?.stageIsDone(step: runner.stages[position].step)
      }
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

/// A routine with its operands.
struct BoundRoutine {
  let routine: any Routine
  let memory: RoutineMemory
}

/// Routines with their operands, by step; read in place, so that a work item retains nothing.
struct InferenceProgram: StageProgram {
  let steps: UnsafePointer<BoundRoutine>

  @inline(__always)
  func run(_ stage: Stage, item: Int, scratch: UnsafeMutablePointer<Float>) {
    var memory = steps[stage.step].memory
    memory.threadScratch = scratch
    steps[stage.step].routine.run(phase: stage.phase, item: item, memory: memory)
  }
}
