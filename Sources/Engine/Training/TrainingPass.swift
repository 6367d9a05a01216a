import GraphIR
import TensorCore

/// One direction of a training step, ready to run: parameters to pack, then stages.
final class TrainingPass: @unchecked Sendable {
  let direction: Direction
  let runner: StageRunner
  /// What is exchanged with other processes after each stage.
  let exchanges: [Exchange?]
  /// Steps whose parameters are packed before the stages begin, largest first.
  private let packingOrder: [Int]
  private let packing: Tickets
  private let steps: UnsafeMutableBufferPointer<BoundTrainingRoutine>

  /// Blocks of the processes, one after the other.
  struct Exchange {
    let blocks: UnsafeMutableRawPointer
    let bytes: Int
    let processes: Share
  }

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
    exchanges = runner.stages.map { stage in
      let step = plan.steps[stage.step]
      return step.routine.exchange(direction, after: stage.phase).map { exchange in
        let scratch = arena + (step.scratch[direction] ?? 0)
        return Exchange(
          blocks: UnsafeMutableRawPointer(scratch + exchange.offset), bytes: exchange.bytes,
          processes: exchange.processes)
      }
    }
    steps = .allocate(capacity: plan.steps.count)
    for (index, step) in plan.steps.enumerated() {
      let memory = TrainingMemory(
        inputs: tables.inputs[index], output: arena + step.output,
        parameters: tables.parameters[index], parameterGradients: tables.parameterGradients[index],
        outputGradient: arena + step.outputGradient, inputGradients: tables.inputGradients[index],
        statistics: arena + step.statistics, packed: packed + (step.packed[direction] ?? 0),
        sharedScratch: arena + (step.scratch[direction] ?? 0), threadScratch: arena, seed: 0,
        updatesStatistics: true)
      steps.initializeElement(at: index, to: BoundTrainingRoutine(routine: step.routine, memory: memory))
    }
  }

  deinit { steps.deinitialize().deallocate() }

  /// Makes the pass ready to run again; no thread may be in it.
  func restart() { packing.restart() }

  /// One member's share of packing the parameters.
  func pack(scratch: UnsafeMutablePointer<Float>) {
    while let position = packing.take() {
      let step = packingOrder[position]
      var memory = steps[step].memory
      memory.threadScratch = scratch
      steps[step].routine.pack(direction, memory: memory)
    }
  }

  /// One member's share of the stages.
  @inline(__always)
  func run(
    member: Int, seed: UInt64, updatesStatistics: Bool, scratch: UnsafeMutablePointer<Float>,
    stageIsDone: (_ position: Int) -> Void
  ) {
    guard let steps = steps.baseAddress else { return }
    runner.run(
      member: member,
      TrainingProgram(
        steps: UnsafePointer(steps), direction: direction, seed: seed, updatesStatistics: updatesStatistics),
      scratch: scratch, stageIsDone: stageIsDone)
  }
}

/// A training routine with its operands in one direction.
private struct BoundTrainingRoutine {
  let routine: any TrainingRoutine
  let memory: TrainingMemory
}

/// Training routines with their operands, by step; read in place, so that a work item retains nothing.
private struct TrainingProgram: StageProgram {
  let steps: UnsafePointer<BoundTrainingRoutine>
  let direction: Direction
  let seed: UInt64
  let updatesStatistics: Bool

  @inline(__always)
  func run(_ stage: Stage, item: Int, scratch: UnsafeMutablePointer<Float>) {
    var memory = steps[stage.step].memory
    memory.threadScratch = scratch
    memory.seed = seed
    memory.updatesStatistics = updatesStatistics
    steps[stage.step].routine.run(direction, phase: stage.phase, item: item, memory: memory)
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
