import Engine
import GraphIR
import TensorCore
import Tuning

/// Makes plans for inference as they were asked for, and measures algorithms where that was asked for.
package final class Planner {
  /// How algorithms are measured.
  package struct Tuning {
    let store: TuningStore
    let instructionSet: String
    let isStopped: () -> Bool
    let report: (_ network: String, _ problems: Int, _ seconds: Double) -> Void

    /// Tuning with a store.
    ///
    /// - Parameters:
    ///   - store: Where measurements are kept.
    ///   - instructionSet: The kernels for which they hold.
    ///   - isStopped: Asked after each measurement whether to leave out the rest.
    ///   - report: Told how many problems of a network were measured, and how long that took.
    package init(
      _ store: TuningStore, instructionSet: String, isStopped: @escaping () -> Bool,
      report: @escaping (_ network: String, _ problems: Int, _ seconds: Double) -> Void
    ) {
      self.store = store
      self.instructionSet = instructionSet
      self.isStopped = isStopped
      self.report = report
    }
  }

  /// What was measured for the plan that was made last.
  package private(set) var measurements: [Tuner.Result] = []

  private let convolution: ConvolutionChoice
  private let precision: ComputePrecision
  private let tuning: Tuning?

  /// A planner.
  ///
  /// - Parameters:
  ///   - convolution: How convolutions are computed.
  ///   - precision: The precision in which a network is computed.
  ///   - tuning: Where convolutions are measured; only those that are chosen automatically are.
  package init(
    convolution: ConvolutionChoice = .automatic, precision: ComputePrecision = .float32,
    tuning: Tuning? = nil
  ) {
    self.convolution = convolution
    self.precision = precision
    self.tuning = convolution == .automatic ? tuning : nil
  }

  /// The plan of a graph for a number of threads; `network` stands in messages.
  ///
  /// `batches` of them may run at once, see ``Plan/repeated(_:)``.
  ///
  /// Throws ``SessionError`` where there is too little memory, and what the measurement throws.
  package func plan(
    _ graph: Graph, batches: Int = 1, threads: Int, for network: String
  ) throws -> Plan {
    measurements = []
    let untuned = Plan(graph, convolution: convolution, precision: precision).repeated(batches)
    guard let tuning else {
      try Memory.check(untuned, threads: threads, beside: batches * graph.batchBytes, for: network)
      return untuned
    }
    let threadsOnLayer = untuned.division.threadsOnLayer(requested: threads)
    var choices = tuning.store.choices(instructionSet: tuning.instructionSet, threads: threadsOnLayer)
    let plan = Plan(graph, choices: choices, precision: precision).repeated(batches)
    try Memory.check(plan, threads: threads, beside: batches * graph.batchBytes, for: network)
    let stopwatch = Stopwatch()
    try Tuner().measure(plan, choices: &choices, threads: threads) { result in
      measurements.append(result)
      return !tuning.isStopped()
    }
    if measurements.isEmpty { return plan }
    tuning.report(network, measurements.count, stopwatch.seconds)
    tuning.store.keep(choices, instructionSet: tuning.instructionSet, threads: threadsOnLayer)
    return Plan(graph, choices: choices, precision: precision).repeated(batches)
  }
}

extension Graph {
  /// Bytes of a batch of inputs and its logits.
  package var batchBytes: Int { (input.shape.count + output.shape.count) * MemoryLayout<Float>.stride }
}
