/// One phase of one step: work items that do not depend on each other.
struct Stage: Sendable {
  let step: Int
  let phase: Int
  let items: WorkItems
}

/// A step bound to its operands, as the stages of that step compute it.
protocol StageWork {
  /// Computes one work item.
  func run(phase: Int, item: Int)
}

/// Leads a number of threads through stages: they share the work items of a stage, then meet at a barrier.
///
/// Inference, both passes of training and the trials of tuning run through here.
final class StageRunner: Sendable {
  let threadCount: Int
  let stages: [Stage]
  private let barrier: Barrier

  /// A runner for `threads` threads.
  ///
  /// - Parameters:
  ///   - threads: how many threads call ``run(member:work:stageIsDone:)``.
  ///   - steps: the steps in order, each with the number of work items of each phase.
  init(threads: Int, steps: [(step: Int, items: [Int])]) {
    threadCount = threads
    barrier = Barrier(threads: threads)
    stages = steps.flatMap { step, items in
      items.enumerated().filter { $0.element > 0 }.map {
        Stage(step: step, phase: $0.offset, items: WorkItems(count: $0.element, threads: threads))
      }
    }
  }

  /// Waits until all members are here.
  func meet() { barrier.wait() }

  /// One member's share of all stages.
  ///
  /// Inlined, so that the loop over work items calls nothing but `Work` itself.
  ///
  /// - Parameters:
  ///   - member: number of the calling thread among those of the runner, from 0.
  ///   - work: binds a step to its operands; called for each stage.
  ///   - stageIsDone: called by each member behind the barrier of each stage.
  @inline(__always)
  func run<Work: StageWork>(
    member: Int, work: (_ step: Int) -> Work, stageIsDone: (_ position: Int) -> Void
  ) {
    for (position, stage) in stages.enumerated() {
      let work = work(stage.step)
      if threadCount == 1 {
        // Atomic counters would be 2 % of LeNet-5.
        for item in 0..<stage.items.count { work.run(phase: stage.phase, item: item) }
      } else {
        while let item = stage.items.take(thread: member) { work.run(phase: stage.phase, item: item) }
        barrier.wait()
        if member == 0 { stage.items.restart() }  // behind the barrier nobody takes any
      }
      stageIsDone(position)
    }
  }
}
