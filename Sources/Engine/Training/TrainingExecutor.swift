import GraphIR
import Kernels
import TensorCore

/// A training plan with its memory and its threads.
///
/// All memory is taken at initialization. An optimizer reads and writes ``values`` and ``gradients`` between steps.
/// A step is ``forward(_:seed:)``, a loss computed from ``logits(output:)``, and ``backward(_:)``. For validation,
/// plan inference with ``Plan`` and ``Executor`` and take ``parameterSource``: running statistics, no dropout.
package final class TrainingExecutor: @unchecked Sendable {
  /// What is run.
  package let plan: TrainingPlan
  /// All parameters and buffers as the checkpoint has them, at the offsets of `plan.parameters`.
  package var values: UnsafeMutablePointer<Float> { valueBuffer.pointer }
  /// Gradients of the parameters that learn, at the same offsets.
  package var gradients: UnsafeMutablePointer<Float> { gradientBuffer.pointer }
  /// Threads that work on a step.
  package var threadCount: Int { pool.threadCount }

  /// Fills in the blocks of the other processes beside that of this one, as many bytes each; `nil` for one process.
  package var exchange: ((_ blocks: UnsafeMutableRawPointer, _ bytes: Int) -> Void)?

  private let pool: ThreadPool
  private let arena: Buffer
  private let valueBuffer: Buffer
  private let gradientBuffer: Buffer
  private let packed: Buffer
  private let logitBuffer: Buffer
  private let threadScratch: Buffer
  private let tables: PointerTables
  private let forwardPass: TrainingPass
  private let backwardPass: TrainingPass
  private let profile: Profile?

  private var pass: TrainingPass
  private var image: UnsafePointer<Float>?
  private var seed: UInt64 = 0
  private var isSearching = false
  private var stepIsDone: ((Int) -> Void)?
  private var firstBadStep: Int?

  /// Takes the memory of a plan and fills in its parameters.
  ///
  /// - Parameters:
  ///   - plan: what will be run.
  ///   - source: where parameters and buffers come from; counters start from zero.
  ///   - threads: threads that will work, at least 1.
  ///   - profile: where times are noted, with two steps for each of the plan: forward passes of all
  ///     nodes first, then backward passes.
  /// - Throws: what `source` throws, ``ThreadError``, and ``WorkSpaceError``.
  package init(
    _ plan: TrainingPlan, parameters source: any ParameterSource, threads: Int,
    profile: Profile? = nil
  ) throws {
    BLAS.useCallingThreadOnly()
    self.plan = plan
    let memory = plan.memory
    pool = try ThreadPool(threadCount: threads)
    try BLAS.takeWorkSpace(threads: pool.threadCount)
    arena = Buffer(repeating: 0, count: memory.arenaCount)
    valueBuffer = Buffer(repeating: 0, count: memory.valueCount)
    gradientBuffer = Buffer(repeating: 0, count: memory.gradientCount)
    packed = Buffer(repeating: 0, count: memory.packedCount)
    logitBuffer = Buffer(repeating: 0, count: memory.logitCount)
    threadScratch = Buffer(repeating: 0, count: memory.threadScratchCount * pool.threadCount)
    self.profile = profile
    for slot in plan.parameters where slot.role != .counter {
      try source.fill(
        slot.parameter,
        UnsafeMutableBufferPointer(start: valueBuffer.pointer + slot.offset, count: slot.count))
    }
    tables = PointerTables(
      plan, arena: arena.pointer, values: valueBuffer.pointer, gradients: gradientBuffer.pointer)
    forwardPass = TrainingPass(
      .forward, plan, tables, arena: arena.pointer, packed: packed.pointer, threads: pool.threadCount)
    backwardPass = TrainingPass(
      .backward, plan, tables, arena: arena.pointer, packed: packed.pointer, threads: pool.threadCount)
    pass = forwardPass
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
  /// - Parameters:
  ///   - logitGradients: for each classifier, the loss's gradient by its logits, `[N, classes]`.
  ///   - stepIsDone: called on this thread after each step of the plan, while the other threads go on.
  package func backward(
    _ logitGradients: [UnsafePointer<Float>], stepIsDone: ((_ step: Int) -> Void)? = nil
  ) {
    for (output, source) in zip(plan.outputs, logitGradients) {
      let layout = output.gradientLayout
      for image in 0..<layout.batch {
        (arena.pointer + output.gradient + image * layout.pixelStride).update(
          from: source + image * layout.channels, count: layout.channels)
      }
    }
    self.stepIsDone = stepIsDone
    run(backwardPass)
    self.stepIsDone = nil
  }

  /// The value that the plan was told to observe and its gradient after a backward pass, both dense, `[N, C, H, W]`; empty
  /// where it observes none.
  package var observation: (value: [Float], gradient: [Float]) {
    guard let place = plan.observation else { return ([], []) }
    return (
      place.valueLayout.dense(arena.pointer + place.value),
      place.gradientLayout.dense(arena.pointer + place.gradient)
    )
  }

  /// Does `count` pieces of work that do not depend on each other, on the threads that work on a step.
  package func share(_ count: Int, _ work: (Int) -> Void) { pool.share(count, work) }

  /// Looks for the first thing in a forward pass that is not finite.
  ///
  /// Runs the forward pass again with the same images and seed; running statistics stay as they are.
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

  private func run(_ pass: TrainingPass) {
    self.pass = pass
    pass.restart()
    profile?.begin(threads: threadCount)
    pool.run(self)
    profile?.end()
  }
}

extension TrainingExecutor: ParallelJob {
  /// One thread's share of a pass.
  package func work(thread: Int) {
    let pass = pass
    let runner = pass.runner
    let scratch = threadScratch.pointer + thread * plan.memory.threadScratchCount
    if let image {
      let (offset, layout) = plan.input
      layout.copyImages(part: thread, of: threadCount, from: image, into: arena.pointer + offset)
    }
    let times = profile?.start(thread: thread)
    pass.pack(scratch: scratch)
    runner.meet()
    times?.inputIsReady()
    let firstProfiled = pass.direction == .backward ? plan.steps.count : 0
    pass.run(
      member: thread, seed: seed, updatesStatistics: !isSearching, scratch: scratch
    ) { position in
      let step = runner.stages[position].step
      times?.stageIsDone(step: firstProfiled + step)
      if let exchange = pass.exchanges[position] {
        if thread == 0 { fillIn(exchange) }
        runner.meet()
      }
      guard isSearching || stepIsDone != nil else { return }
      let isLast = position + 1 == runner.stages.count || runner.stages[position + 1].step != step
      if thread == 0 && isLast { stepIsDone?(step) }
      guard isSearching else { return }
      if thread == 0 && isLast && firstBadStep == nil && !isFinite(step) { firstBadStep = step }
      runner.meet()
    }
  }

  /// A pass that searches runs in this process alone, which then stands for all.
  private func fillIn(_ exchange: TrainingPass.Exchange) {
    if let fill = self.exchange, !isSearching {
      fill(exchange.blocks, exchange.bytes)
    } else {
      let own = exchange.blocks + exchange.processes.rank * exchange.bytes
      for process in 0..<exchange.processes.processes where process != exchange.processes.rank {
        (exchange.blocks + process * exchange.bytes).copyMemory(from: own, byteCount: exchange.bytes)
      }
    }
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
