/// One phase of one step: work items that do not depend on each other.
struct Stage: Sendable {
  let step: Int
  let phase: Int
  let items: WorkItems
}

/// What threads compute at the stages of a plan.
protocol StageProgram {
  /// Computes one work item with the scratch of the calling thread.
  func run(_ stage: Stage, item: Int, scratch: UnsafeMutablePointer<Float>)
}

/// Leads a number of threads through stages: they share the work items of a stage, then meet at a barrier.
///
/// Inference, both passes of training and the trials of tuning run through here.
final class StageRunner: @unchecked Sendable {
  let threadCount: Int
  /// In the order in which they run; plain values, so that nothing is retained on the way.
  let stages: UnsafeBufferPointer<Stage>
  private let barrier: Barrier

  /// A runner for `threads` threads.
  ///
  /// - Parameters:
  ///   - threads: how many threads call ``run(member:_:scratch:stageIsDone:)``.
  ///   - steps: the steps in order, each with the number of work items of each phase.
  init(threads: Int, steps: [(step: Int, items: [Int])]) {
    threadCount = threads
    barrier = Barrier(threads: threads)
    let stages = steps.flatMap { step, items in
      items.enumerated().filter { $0.element > 0 }.map {
        Stage(step: step, phase: $0.offset, items: WorkItems(count: $0.element, threads: threads))
      }
    }
    let buffer = UnsafeMutableBufferPointer<Stage>.allocate(capacity: stages.count)
    _ = buffer.initialize(fromContentsOf: stages)
    self.stages = UnsafeBufferPointer(buffer)
  }

  deinit {
    for stage in stages { stage.items.deallocate() }
    stages.deallocate()
  }

  /// Waits until all members are here.
  func meet() { barrier.wait() }

  /// One member's share of all stages.
  ///
  /// Inlined, so that the loop over work items calls nothing but the program.
  ///
  /// - Parameters:
  ///   - member: number of the calling thread among those of the runner, from 0.
  ///   - program: what the work items are.
  ///   - scratch: the calling thread's own scratch.
  ///   - stageIsDone: called by each member behind the barrier of each stage.
  @inline(__always)
  func run(
    member: Int, _ program: some StageProgram, scratch: UnsafeMutablePointer<Float>,
    stageIsDone: (_ position: Int) -> Void
  ) {
    for position in stages.indices {
      let stage = stages[position]
      if threadCount == 1 {
        // Atomic counters would be 2 % of LeNet-5.
        for item in 0..<stage.items.count { program.run(stage, item: item, scratch: scratch) }
      } else {
        while let item = stage.items.take(thread: member) { program.run(stage, item: item, scratch: scratch) }
        barrier.wait()
        if member == 0 { stage.items.restart() }  // behind the barrier nobody takes any
      }
      stageIsDone(position)
    }
  }
}
