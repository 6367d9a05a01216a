/// Wall-clock time of each step: the shortest of all runs, because whatever else the machine does only adds to it.
package final class Profile: @unchecked Sendable {
  /// Seconds of each step; 0 for a step with nothing to do.
  package var seconds: [Double] { shortest.map { $0.isFinite ? $0 : 0 } }
  /// Seconds for laying out the images.
  package private(set) var inputSeconds = Double.infinity

  private var shortest: [Double]
  private var current: [Double]
  private var currentInput = 0.0
  private var stopwatch = Stopwatch()

  /// A profile for a plan with `steps` steps.
  package init(steps: Int) {
    shortest = [Double](repeating: .infinity, count: steps)
    current = [Double](repeating: 0, count: steps)
  }

  func begin() {
    currentInput = 0
    for step in current.indices { current[step] = 0 }
    stopwatch = Stopwatch()
  }

  func inputIsReady() { currentInput += stopwatch.lap() }

  func stageIsDone(step: Int) { current[step] += stopwatch.lap() }

  /// Turns what has been noted in this run into what it would be for another share of the work.
  func scale(by factor: Double) {
    currentInput *= factor
    for step in current.indices { current[step] *= factor }
  }

  /// Notes the steps that were in this run: a pass of training has only its own.
  func end() {
    inputSeconds = min(inputSeconds, currentInput)
    for step in current.indices where current[step] > 0 {
      shortest[step] = min(shortest[step], current[step])
    }
  }
}
