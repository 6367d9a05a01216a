import GraphIR
import TensorCore

/// One direction of a training step, ready to run: parameters to arrange, then stages.
final class TrainingPass: Sendable {
  let direction: Direction
  let runner: StageRunner
  /// Steps whose parameters are arranged before the stages begin, largest first.
  private let packingOrder: [Int]
  private let packing: Tickets
  private let steps: [BoundTrainingRoutine]

  init(
    _ direction: Direction, _ plan: TrainingPlan, _ tables: PointerTables,
    arena: UnsafeMutablePointer<Float>, packed: UnsafeMutablePointer<Float>, threads: Int
  ) {
    self.direction = direction
    let order = plan.steps.indices.filter { direction == .forward || plan.steps[$0].learns }
    let packedCounts = plan.steps.map { $0.routine.packedCount(direction) }
    packingOrder = order.filter { packedCounts[$0] > 0 }
      .sorted { (packedCounts[$1], $0) < (packedCounts[$0], $1) }
    packing = Tickets(count: packingOrder.count)
    runner = StageRunner(
      threads: threads,
      steps: (direction == .forward ? order : order.reversed()).map {
        ($0, plan.steps[$0].routine.workItems(direction))
      })
    steps = plan.steps.enumerated().map { index, step in
      BoundTrainingRoutine(
        routine: step.routine, direction: direction,
        memory: TrainingMemory(
          inputs: tables.inputs[index], output: arena + step.output,
          parameters: tables.parameters[index], parameterGradients: tables.parameterGradients[index],
          outputGradient: arena + step.outputGradient, inputGradients: tables.inputGradients[index],
          statistics: arena + step.statistics, packed: packed + (step.packed[direction] ?? 0),
          sharedScratch: arena + (step.scratch[direction] ?? 0), threadScratch: arena, seed: 0,
          updatesStatistics: true))
    }
  }

  /// Makes the pass ready to run again; no thread may be in it.
  func restart() { packing.restart() }

  /// One member's share of arranging the parameters.
  func pack(scratch: UnsafeMutablePointer<Float>) {
    while let position = packing.take() {
      var work = steps[packingOrder[position]]
      work.memory.threadScratch = scratch
      work.routine.pack(direction, memory: work.memory)
    }
  }

  /// One member's share of the stages.
  @inline(__always)
  func run(
    member: Int, seed: UInt64, updatesStatistics: Bool, scratch: UnsafeMutablePointer<Float>,
    stageIsDone: (_ position: Int) -> Void
  ) {
    runner.run(member: member) { step in
      var work = steps[step]
      work.memory.threadScratch = scratch
      work.memory.seed = seed
      work.memory.updatesStatistics = updatesStatistics
      return work
    } stageIsDone: { position in
      stageIsDone(position)
    }
  }
}

/// A training routine with its operands, in one direction.
private struct BoundTrainingRoutine: StageWork {
  let routine: any TrainingRoutine
  let direction: Direction
  var memory: TrainingMemory

  func run(phase: Int, item: Int) {
    routine.run(direction, phase: phase, item: item, memory: memory)
  }
}

/// Addresses of the operands of each step.
final class PointerTables: @unchecked Sendable {
  private(set) var inputs: [UnsafePointer<UnsafePointer<Float>>] = []
  private(set) var parameters: [UnsafePointer<UnsafeMutablePointer<Float>>] = []
  private(set) var parameterGradients: [UnsafePointer<UnsafeMutablePointer<Float>>] = []
  private(set) var inputGradients: [UnsafePointer<UnsafeMutablePointer<Float>>] = []

  init(
    _ plan: TrainingPlan, arena: UnsafeMutablePointer<Float>, values: UnsafeMutablePointer<Float>,
    gradients: UnsafeMutablePointer<Float>
  ) {
    func table<Pointer>(_ pointers: [Pointer]) -> UnsafePointer<Pointer> {
      let table = UnsafeMutablePointer<Pointer>.allocate(capacity: max(pointers.count, 1))
      for (index, pointer) in pointers.enumerated() { (table + index).initialize(to: pointer) }
      return UnsafePointer(table)
    }
    for step in plan.steps {
      inputs.append(table(step.inputs.map { UnsafePointer(arena + $0) }))
      parameters.append(table(step.parameters.map { values + $0 }))
      parameterGradients.append(table(step.parameterGradients.map { gradients + $0 }))
      inputGradients.append(table(step.inputGradients.map { arena + $0 }))
    }
  }

  deinit {
    for table in inputs { table.deallocate() }
    for table in parameters + parameterGradients + inputGradients { table.deallocate() }
  }
}
