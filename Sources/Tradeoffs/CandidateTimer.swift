import Bench
import Glibc
import Session
import Weights
import Zoo

/// Times networks on this machine, and remembers the times.
package final class CandidateTimer {
  private let batch: Int
  private let threads: Int
  private let rule: SamplingRule
  private let store: MeasurementStore
  private let machine = Machine.current()

  /// A timer for a batch and a number of threads.
  ///
  /// - Parameters:
  ///   - batch: Images in a batch.
  ///   - threads: Threads that compute.
  ///   - rule: How long a measurement goes on.
  ///   - folder: Where times are kept, see ``MeasurementStore``.
  ///   - note: Gets a line for people where they cannot be.
  package init(
    batch: Int, threads: Int, rule: SamplingRule, folder: String?, note: @escaping (String) -> Void
  ) {
    self.batch = batch
    self.threads = threads
    self.rule = rule
    store = MeasurementStore(folder: folder, cpu: machine.cpuIdentity, note: note)
  }

  /// The time that is known of a network, in milliseconds.
  package func known(_ model: String) -> Double? { store[conditions(model)]?.minimumMilliseconds }

  /// Times a network with weights from a formula, keeps the time, and returns it in milliseconds.
  ///
  /// Throws where there is too little memory.
  package func measure(_ model: String) throws -> Double {
    let graph = try Network(NetworkRequest(model)).graph(batch: batch)
    let plan = try Planner().plan(graph, threads: threads, for: model)
    let results = try ModelBenchmark.run(
      graph, plans: [plan], parameters: FormulaWeights(), threads: threads, rule: rule, perLayer: false)
    let statistics = results[0].statistics
    store.keep(
      Measurement(
        conditions: conditions(model), minimumMilliseconds: statistics.minimum,
        medianMilliseconds: statistics.median, runs: statistics.sorted.count, time: time(nil)))
    return statistics.minimum
  }

  /// What times hold for, as a chart says it: `batch of 1, 2 threads, AMD EPYC, avx512`.
  package var description: String {
    "batch of \(batch), \(threads) \(threads == 1 ? "thread" : "threads"), \(machine.cpu), \(machine.instructionSet)"
  }

  private func conditions(_ model: String) -> Measurement.Conditions {
    Measurement.Conditions(
      model: model, batch: batch, threads: threads, instructionSet: machine.instructionSet,
      openBLAS: "\(machine.openBLASVersion) \(machine.openBLASCore)", version: Version.current)
  }
}
