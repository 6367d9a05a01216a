import Collectives
import Engine
import GraphIR
import TensorCore

/// A network trained by the engine.
package final class EngineNetwork: TrainableNetwork {
  /// Images per batch.
  package let batch: Int
  /// Width of the logits.
  package let classes: Int
  /// 1, then the loss weights of the auxiliary heads.
  package let outputWeights: [Float]
  /// Every tensor except counters, which nothing reads.
  package let slots: [ParameterSlot]
  /// Parameters and buffers.
  package let values: UnsafeMutableBufferPointer<Float>
  /// Gradients of the parameters that learn, at the offsets of ``values``.
  package let gradients: UnsafeMutableBufferPointer<Float>

  /// Threads that work on a step.
  package var threadCount: Int { executor.threadCount }

  private let graph: Graph
  private let executor: TrainingExecutor
  private let threads: Int
  private let buckets: GradientBuckets
  private let timeline: Timeline?
  private var last: (images: UnsafePointer<Float>, seed: UInt64)?

  /// Allocates the memory of a plan.
  ///
  /// - Parameters:
  ///   - graph: The network with its auxiliary heads, for a batch.
  ///   - plan: A training plan of `graph`.
  ///   - source: Its initial values.
  ///   - threads: Threads that work on a step.
  ///   - profile: Where times are recorded, see ``TrainingExecutor``.
  ///   - processes: The processes that have other images of the same batch.
  ///   - timeline: Where layers are noted, if they are.
  /// - Throws: What `source` throws.
  package init(
    _ graph: Graph, plan: TrainingPlan, parameters source: any ParameterSource, threads: Int,
    profile: Profile? = nil, processes: any ProcessGroup = SingleProcess(), timeline: Timeline? = nil
  ) throws {
    self.graph = graph
    self.threads = threads
    self.timeline = timeline
    executor = try TrainingExecutor(plan, parameters: source, threads: threads, profile: profile)
    if processes.count > 1 {
      executor.exchange = { processes.exchange($0, bytes: $1) }
    }
    buckets = GradientBuckets(
      plan.gradientSteps.map { .init($0.range, finishedAt: plan.steps.count - 1 - $0.step) })
    batch = graph.input.shape.batch
    classes = graph.output.shape.channels
    outputWeights = [1] + graph.auxiliaries.map { Float($0.lossWeight) }
    slots = plan.parameters.filter { $0.role != .counter }.map {
      ParameterSlot($0.parameter, offset: $0.offset)
    }
    func end(_ slots: [TrainableSlot]) -> Int { slots.reduce(0) { max($0, $1.offset + $1.count) } }
    values = UnsafeMutableBufferPointer(start: executor.values, count: end(plan.parameters))
    gradients = UnsafeMutableBufferPointer(
      start: executor.gradients, count: end(plan.parameters.filter(\.learns)))
  }

  /// Runs the forward pass.
  package func forward(_ images: UnsafePointer<Float>, seed: UInt64) {
    last = (images, seed)
    executor.forward(images, seed: seed)
  }

  /// The logits of an output.
  package func logits(_ output: Int) -> UnsafePointer<Float> { executor.logits(output: output) }

  /// Runs the backward pass.
  package func backward(_ logitGradients: [UnsafePointer<Float>], ready: (Range<Int>) -> Void) {
    withoutActuallyEscaping(ready) { ready in
      var start = Timeline.Moment.now
      executor.backward(logitGradients) { [timeline, buckets, steps = executor.plan.steps] step in
        if let timeline {
          timeline.add(steps[step].node.name, .layers, since: start)
          start = .now
        }
        for part in buckets.complete(at: steps.count - 1 - step) { ready(part) }
      }
    }
  }

  /// Does the work on the threads that work on a step.
  package func share(_ count: Int, _ work: (Int) -> Void) { executor.share(count, work) }

  /// The network for inference, batch norm folded.
  package func predictor(_ values: UnsafeBufferPointer<Float>) throws -> any Predictor {
    try EnginePredictor(
      Plan(graph, convolution: executor.plan.convolution), parameters: SlotValues(slots, values),
      threads: threads)
  }

  /// Repeats the last forward pass to find it.
  package func firstNonFiniteLayer() -> String? {
    last.flatMap { executor.firstNonFinite($0.images, seed: $0.seed) }.map { "\($0)" }
  }
}

/// A network that the engine runs for inference.
package final class EnginePredictor: Predictor {
  /// Images per batch.
  package let batch: Int
  /// Width of the logits.
  package let classes: Int
  private let executor: Executor

  /// Runs a plan.
  ///
  /// Throws what `source` throws.
  package init(_ plan: Plan, parameters source: any ParameterSource, threads: Int) throws {
    executor = try Executor(plan, parameters: source, threads: threads)
    batch = executor.batch
    classes = plan.output.layout.channels
  }

  /// Runs `count` images, `[count, C, H, W]`, and writes `[count, classes]`.
  package func predict(_ images: UnsafePointer<Float>, count: Int, into logits: UnsafeMutablePointer<Float>) {
    executor.run(images, images: count, into: logits)
  }
}

/// Values in a flat buffer as a parameter source; counters are 0.
private struct SlotValues: ParameterSource, @unchecked Sendable {
  private let offsets: [String: Int]
  private let values: UnsafeBufferPointer<Float>

  init(_ slots: [ParameterSlot], _ values: UnsafeBufferPointer<Float>) {
    offsets = Dictionary(slots.map { ($0.parameter.name, $0.offset) }) { first, _ in first }
    self.values = values
  }

  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) {
    guard let offset = offsets[parameter.name] else { return destination.update(repeating: 0) }
    _ = destination.update(fromContentsOf: values[offset..<offset + destination.count])
  }
}
