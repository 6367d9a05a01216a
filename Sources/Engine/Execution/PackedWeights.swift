import GraphIR
import Synchronization
import TensorCore

/// The parameters of a plan, each where its routine wants it.
///
/// Tensors are read one by one, by all threads of the pool, straight into their packed place where
/// that has the checkpoint's order, and otherwise into the thread's own staging buffer, from where they are
/// packed.
final class PackedWeights: @unchecked Sendable {
  /// First float of the packed parameters.
  var pointer: UnsafeMutablePointer<Float> { buffer.pointer }

  private let buffer: Buffer

  /// Fills in the parameters of every step.
  ///
  /// - Throws: what `source` throws, for the first step in order that failed.
  init(_ plan: Plan, source: any ParameterSource, pool: ThreadPool) throws {
    buffer = Buffer(count: plan.memory.weightCount)
    let job = PackingJob(
      plan: plan, source: source, destination: buffer.pointer, threads: pool.threadCount)
    pool.run(job)
    if let error = job.firstError { throw error }
  }
}

/// Threads take steps, largest first, and read and pack their parameters.
private final class PackingJob: ParallelJob {
  private let plan: Plan
  private let source: any ParameterSource
  private let destination: UnsafeMutablePointer<Float>
  private let order: [Int]
  private let stagingCount: Int
  private let staging: Buffer
  private let positions: Tickets
  private let errors = Mutex<[Int: any Error]>([:])

  init(
    plan: Plan, source: any ParameterSource, destination: UnsafeMutablePointer<Float>, threads: Int
  ) {
    self.plan = plan
    self.source = source
    self.destination = destination
    order = plan.steps.indices.filter { plan.steps[$0].routine.packedCount > 0 }
      .sorted { plan.steps[$0].routine.packedCount > plan.steps[$1].routine.packedCount }
    positions = Tickets(count: order.count)
    stagingCount = plan.stagingCount
    staging = Buffer(count: stagingCount * threads)
  }

  var firstError: (any Error)? {
    errors.withLock { errors in errors.keys.min().flatMap { errors[$0] } }
  }

  func work(thread: Int) {
    while let position = positions.take() {
      let index = order[position]
      do {
        try fill(plan.steps[index], staging: staging.pointer + thread * stagingCount)
      } catch { errors.withLock { $0[index] = error } }
    }
  }

  private func fill(_ step: Plan.Step, staging: UnsafeMutablePointer<Float>) throws {
    let packed = destination + step.packed
    var staged = staging
    var parameters: [UnsafeBufferPointer<Float>] = []
    for (index, expression) in step.filledParameters.enumerated() {
      if let offset = step.routine.directOffset(ofParameter: index) {
        try expression.evaluate(
          from: source, into: UnsafeMutableBufferPointer(start: packed + offset, count: expression.count))
        parameters.append(UnsafeBufferPointer(start: nil, count: 0))
      } else {
        let place = UnsafeMutableBufferPointer(start: staged, count: expression.count)
        try expression.evaluate(from: source, into: place)
        parameters.append(UnsafeBufferPointer(place))
        staged += expression.count
      }
    }
    step.routine.pack(parameters, into: packed)
  }
}

extension Plan {
  /// Floats that each thread takes while it arranges the parameters; given back before the arena is taken.
  package var stagingCount: Int { steps.map(\.stagedCount).max() ?? 0 }
}

extension Plan.Step {
  /// The parameters that the routine is given: all but counters, which nothing reads.
  fileprivate var filledParameters: [ParameterExpression] {
    node.parameters.filter { $0.tensors.contains { $0.role != .counter } }
  }

  /// Floats of the parameters that are not read straight into their packed place.
  fileprivate var stagedCount: Int {
    filledParameters.enumerated().reduce(0) { sum, item in
      routine.directOffset(ofParameter: item.offset) == nil ? sum + item.element.count : sum
    }
  }
}
