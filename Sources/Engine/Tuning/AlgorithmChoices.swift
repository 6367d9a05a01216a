/// The algorithms that measurements found fastest on one machine with one number of threads, by problem.
package struct AlgorithmChoices: Hashable, Sendable {
  /// Name of the algorithm for each problem.
  package private(set) var byProblem: [String: String]

  /// Choices that are known already.
  package init(_ byProblem: [String: String] = [:]) { self.byProblem = byProblem }

  /// The algorithm for a problem, if it was measured.
  package subscript(problem: String) -> String? {
    get { byProblem[problem] }
    set { byProblem[problem] = newValue }
  }
}
