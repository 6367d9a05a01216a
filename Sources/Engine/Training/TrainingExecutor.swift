import GraphIR
import Kernels
import TensorCore

/// A training plan with its memory and its threads.
///
/// All memory is taken at initialization. ``values`` and ``gradients`` are an optimizer's to read and write
/// between steps. A step is ``forward(_:seed:)``, a loss computed from ``logits(output:)``, and
/// ``backward(_:)``. For validation, plan inference with ``Plan`` and ``Executor`` and take
/// ``parameterSource``: running statistics, no dropout.
package final class TrainingExecutor: @unchecked Sendable {
  /// What is run.
  package let plan: TrainingPlan
  /// All parameters and buffers as the checkpoint has them, at the offsets of `plan.parameters`.
  package var values: UnsafeMutablePointer<Float> { valueBuffer.pointer }
  /// Gradients of the parameters that learn, at the same offsets.
  package var gradients: UnsafeMutablePointer<Float> { gradientBuffer.pointer }
  /// Threads that work on a step.
  package var threadCount: Int { pool.threadCount }

  private let pool: ThreadPool
  private let barrier: Barrier
  private let arena: Buffer
  private let valueBuffer: Buffer
  private let gradientBuffer: Buffer
  private let packed: Buffer
  private let logitBuffer: Buffer
  private let threadScratch: Buffer
  private let tables: PointerTables
  private let forwardPass: Half
  private let backwardPass: Half
  private let clock: Profile?

  private var half: Half
  private var image: UnsafePointer<Float>?
  private var seed: UInt64 = 0
  private var isSearching = false
  private var firstBadStep: Int?

  /// Takes the memory of a plan and fills in its parameters.
  ///
  /// - Parameters:
  ///   - plan: what will be run.
  ///   - source: where parameters and buffers come from; counters start from zero.
  ///   - threads: threads that will work, at least 1.
  ///   - profile: where times are noted, with two steps for each of the plan: forward passes of all
  ///     nodes first, then backward passes.
  /// - Throws: what `source` throws.
  package init(
    _ plan: TrainingPlan, parameters source: any ParameterSource, threads: Int,
    profile: Profile? = nil
  ) throws {
    BLAS.useCallingThreadOnly()
    self.plan = plan
    let memory = plan.memory
    pool = ThreadPool(threadCount: threads)
    barrier = Barrier(threads: pool.threadCount)
    arena = Buffer(repeating: 0, count: memory.arenaCount)
    valueBuffer = Buffer(repeating: 0, count: memory.valueCount)
    gradientBuffer = Buffer(repeating: 0, count: memory.gradientCount)
    packed = Buffer(repeating: 0, count: memory.packedCount)
    logitBuffer = Buffer(repeating: 0, count: memory.logitCount)
    threadScratch = Buffer(repeating: 0, count: memory.threadScratchCount * pool.threadCount)
    clock = profile
    for slot in plan.parameters where slot.role != .counter {
      try source.fill(
        slot.parameter,
        UnsafeMutableBufferPointer(start: valueBuffer.pointer + slot.offset, count: slot.count))
    }
    tables = PointerTables(
      plan, arena: arena.pointer, values: valueBuffer.pointer, gradients: gradientBuffer.pointer)
    forwardPass = Half(
      .forward, plan, tables, arena: arena.pointer, packed: packed.pointer, threads: pool.threadCount)
    backwardPass = Half(
      .backward, plan, tables, arena: arena.pointer, packed: packed.pointer, threads: pool.threadCount)
    half = forwardPass
  }

  /// Runs the forward pass.
  ///
  /// - Parameters:
  ///   - images: the images, `[N, C, H, W]`, float32, dense.
  ///   - seed: what dropout draws its noise from, together with node and element: another one each step.
  package func forward(_ images: UnsafePointer<Float>, seed: UInt64) {
    image = images
    self.seed = seed
    run(forwardPass)
    image = nil
    for output in plan.outputs {
      let layout = output.valueLayout
      for image in 0..<layout.batch {
        (logitBuffer.pointer + output.logits + image * layout.channels).update(
          from: arena.pointer + output.value + image * layout.pixelStride, count: layout.channels)
      }
    }
  }

  /// Logits of the last forward pass, `[N, classes]`: 0 is the main classifier, then come the auxiliary
  /// heads in the graph's order.
  package func logits(output: Int) -> UnsafePointer<Float> {
    UnsafePointer(logitBuffer.pointer + plan.outputs[output].logits)
  }

  /// Runs the backward pass of the step whose forward pass was last: fills ``gradients``.
  ///
  /// - Parameter logitGradients: for each classifier, the loss's gradient by its logits, `[N, classes]`.
  package func backward(_ logitGradients: [UnsafePointer<Float>]) {
    for (output, source) in zip(plan.outputs, logitGradients) {
      let layout = output.gradientLayout
      for image in 0..<layout.batch {
        (arena.pointer + output.gradient + image * layout.pixelStride).update(
          from: source + image * layout.channels, count: layout.channels)
      }
    }
    run(backwardPass)
  }

  /// Does `count` pieces of work that do not depend on each other, on the threads that work on a step.
  package func share(_ count: Int, _ work: (Int) -> Void) { pool.share(count, work) }

  /// The parameters as they are now, for an inference plan of the same network.
  package var parameterSource: any ParameterSource { TrainedParameters(self) }

  /// Looks for the first thing of a forward pass that is not finite.
  ///
  /// Runs the half again with the same images and seed; running statistics stay as they are.
  package func firstNonFinite(_ images: UnsafePointer<Float>, seed: UInt64) -> NonFinite? {
    let pixels = UnsafeBufferPointer(start: images, count: plan.graph.input.shape.count)
    if !pixels.allSatisfy(\.isFinite) { return .image }
    for slot in plan.parameters {
      let tensor = UnsafeBufferPointer(start: values + slot.offset, count: slot.count)
      if !tensor.allSatisfy(\.isFinite) { return .parameter(slot.parameter.name) }
    }
    isSearching = true
    firstBadStep = nil
    forward(images, seed: seed)
    isSearching = false
    return firstBadStep.map { .result(plan.steps[$0].node.name) }
  }

  private func run(_ half: Half) {
    self.half = half
    half.restart()
    clock?.begin()
    pool.run(self)
    clock?.end()
  }
}

/// What in a step was not finite.
package enum NonFinite: Hashable, Sendable, CustomStringConvertible {
  /// A pixel of the images.
  case image
  /// An element of a parameter, by its name.
  case parameter(String)
  /// An element of a node's result, by the node's path.
  case result(String)

  /// What it was, as part of a message.
  package var description: String {
    switch self {
    case .image: "the images"
    case .parameter(let name): "parameter \(name)"
    case .result(let node): "the result of \(node)"
    }
  }
}

extension TrainingExecutor: ParallelJob {
  /// One thread's share of a half.
  package func work(thread: Int) {
    let scratch = threadScratch.pointer + thread * plan.memory.threadScratchCount
    let half = half
    if let image {
      let (offset, layout) = plan.input
      let rows = layout.batch * layout.height
      layout.copyImages(
        rows: rows * thread / threadCount..<rows * (thread + 1) / threadCount, from: image,
        into: arena.pointer + offset)
    }
    while let position = half.packing.take() {
      let step = half.packingOrder[position]
      plan.steps[step].routine.pack(half.direction, memory: memory(half, step, scratch))
    }
    barrier.wait()
    if thread == 0 { clock?.inputIsReady() }
    for (position, stage) in half.stages.enumerated() {
      let routine = plan.steps[stage.step].routine
      let memory = memory(half, stage.step, scratch)
      while let tile = stage.tiles.take(thread: thread) {
        routine.run(half.direction, phase: stage.phase, tile: tile, memory: memory)
      }
      barrier.wait()
      if thread == 0 {
        clock?.stageIsDone(step: stage.step + (half.direction == .backward ? plan.steps.count : 0))
      }
      if isSearching {
        let isLast = half.stages.count == position + 1 || half.stages[position + 1].step != stage.step
        if thread == 0 && isLast && firstBadStep == nil && !isFinite(stage.step) {
          firstBadStep = stage.step
        }
        barrier.wait()
      }
    }
  }

  private func memory(
    _ half: Half, _ step: Int, _ scratch: UnsafeMutablePointer<Float>
  ) -> TrainingMemory {
    var memory = half.memories[step]
    memory.threadScratch = scratch
    memory.seed = seed
    memory.updatesStatistics = !isSearching
    return memory
  }

  private func isFinite(_ step: Int) -> Bool {
    let layout = plan.steps[step].outputLayout
    let output = arena.pointer + plan.steps[step].output
    return (0..<layout.pixels).allSatisfy { pixel in
      UnsafeBufferPointer(start: output + pixel * layout.pixelStride, count: layout.channels)
        .allSatisfy(\.isFinite)
    }
  }
}

/// One half of a step, ready to run.
private final class Half: Sendable {
  let direction: Direction
  /// Steps whose parameters are arranged before the half begins, largest first.
  let packingOrder: [Int]
  let packing: Tickets
  let stages: [Stage]
  let memories: [TrainingMemory]

  init(
    _ direction: Direction, _ plan: TrainingPlan, _ tables: PointerTables,
    arena: UnsafeMutablePointer<Float>, packed: UnsafeMutablePointer<Float>, threads: Int
  ) {
    let steps = plan.steps.indices.filter { direction == .forward || plan.steps[$0].learns }
    let packedCounts = plan.steps.map { $0.routine.packedCount(direction) }
    self.direction = direction
    packingOrder = steps.filter { packedCounts[$0] > 0 }
      .sorted { (packedCounts[$1], $0) < (packedCounts[$0], $1) }
    packing = Tickets(count: packingOrder.count)
    stages = (direction == .forward ? steps : steps.reversed()).flatMap { step in
      plan.steps[step].routine.tiles(direction).enumerated().filter { $0.element > 0 }
        .map { Stage(step: step, phase: $0.offset, tiles: $0.element, threads: threads) }
    }
    memories = plan.steps.enumerated().map { index, step in
      TrainingMemory(
        inputs: tables.inputs[index], output: arena + step.output,
        parameters: tables.parameters[index], parameterGradients: tables.parameterGradients[index],
        outputGradient: arena + step.outputGradient, inputGradients: tables.inputGradients[index],
        statistics: arena + step.statistics, packed: packed + (step.packed[direction] ?? 0),
        sharedScratch: arena + (step.scratch[direction] ?? 0), threadScratch: arena, seed: 0,
        updatesStatistics: true)
    }
  }

  func restart() {
    packing.restart()
    for stage in stages { stage.tiles.restart() }
  }
}

/// Addresses of the operands of each step.
private final class PointerTables: @unchecked Sendable {
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
    let learning = plan.memory.gradientCount
    for step in plan.steps {
      inputs.append(table(step.inputs.map { UnsafePointer(arena + $0) }))
      parameters.append(table(step.parameters.map { values + $0 }))
      // Buffers have no gradient; nobody touches theirs.
      parameterGradients.append(table(step.parameters.map { gradients + ($0 < learning ? $0 : 0) }))
      inputGradients.append(table(step.inputGradients.map { arena + $0 }))
    }
  }

  deinit {
    for table in inputs { table.deallocate() }
    for table in parameters + parameterGradients + inputGradients { table.deallocate() }
  }
}

/// The parameters of an executor, as an inference plan reads them.
private struct TrainedParameters: ParameterSource {
  private let executor: TrainingExecutor
  private let offsets: [String: Int]

  init(_ executor: TrainingExecutor) {
    self.executor = executor
    offsets = Dictionary(
      executor.plan.parameters.map { ($0.parameter.name, $0.offset) }, uniquingKeysWith: { first, _ in first }
    )
  }

  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    guard let offset = offsets[parameter.name] else { throw MissingParameter(name: parameter.name) }
    let stored = UnsafeBufferPointer(start: executor.values + offset, count: parameter.shape.count)
    _ = destination.update(fromContentsOf: stored)
  }
}

/// A parameter that the trained network does not have.
package struct MissingParameter: Error, Hashable, Sendable, CustomStringConvertible {
  /// Its name.
  package let name: String

  /// One line.
  package var description: String { "\(name): the trained network has no such parameter" }
}
