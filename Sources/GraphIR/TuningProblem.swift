/// A choice between algorithms that is worth a measurement.
package struct TuningProblem: Hashable, Sendable {
  /// Everything that the speed depends on, in one line of ASCII: operators and requests with the same text
  /// are the same problem.
  package let text: String
  /// Names of the algorithms that can serve the request, at least two, each of which
  /// ``RoutineRequest/algorithm`` takes; the one that is chosen without a measurement comes first.
  package let algorithms: [String]

  /// A problem; `nil` where there is only one algorithm.
  package init?(_ text: String, algorithms: [String]) {
    guard algorithms.count > 1 else { return nil }
    self.text = text
    self.algorithms = algorithms
  }
}
