import GraphIR
import Kernels
import TensorCore

/// Measures which algorithm is fastest for each problem of a plan on this machine.
package final class Tuner {
  /// What came of one problem.
  package struct Result: Sendable {
    /// The problem.
    package let problem: String
    /// The candidates, the one that is taken without a measurement first, and the shortest time of each
    /// in milliseconds.
    package let candidates: [(algorithm: String, milliseconds: Double)]
    /// The fastest, or the first where no other is clearly faster.
    package let winner: String
  }

  private let contest = Contest()

  /// A tuner.
  package init() {}

  /// Measures every distinct problem of `plan` that `choices` does not answer yet.
  ///
  /// - Parameters:
  ///   - plan: planned with these choices; its layouts are measured, its memory is not used.
  ///   - choices: gets the winners.
  ///   - threads: threads that may work, as the plan will be run with.
  ///   - report: called after each problem; returns whether to go on.
  /// - Throws: ``ThreadError`` and ``WorkSpaceError``.
  package func measure(
    _ plan: Plan, choices: inout AlgorithmChoices, threads: Int, report: (Result) -> Bool
  ) throws {
    BLAS.useCallingThreadOnly()
    let pool = try ThreadPool(threadCount: plan.division.threadsOnLayer(requested: threads))
    try BLAS.takeWorkSpace(threads: pool.threadCount)
    for step in plan.steps {
      guard let problem = step.problem, choices[problem.text] == nil else { continue }
      let request = step.request
      let inputs = request.inputs.map { Buffer.Shared(repeating: 0.5, count: $0.extent) }
      let output = Buffer.Shared(repeating: 0, count: request.output.extent)
      let trials = problem.algorithms.map { name in
        var request = request
        request.algorithm = name
        return RoutineTrial(
          step.node.operation.prepare(request), inputs: inputs, output: output, pool: pool,
          readsWeightsFromMemory: !request.weightsStayInCache)
      }
      let (winner, seconds) = contest.run(candidates: trials.count) { trials[$0].measure() }
      let fastest = problem.algorithms[winner]
      choices[problem.text] = fastest
      let candidates = zip(problem.algorithms, seconds).map { (algorithm: $0, milliseconds: $1 * 1e3) }
      if !report(Result(problem: problem.text, candidates: candidates, winner: fastest)) { break }
    }
  }
}
