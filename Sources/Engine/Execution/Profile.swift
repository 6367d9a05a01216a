/// Wall-clock time of each step: the shortest of all runs, because whatever else the machine does only adds to it.
///
/// In a run, it is the mean over all threads. A thread that waits for its team at the end of a stage counts that
/// time; where threads have images of their own, it is a thread's equal share of them, no matter which thread took how
/// many. So the steps of a run add up to its duration.
package final class Profile: @unchecked Sendable {
  /// Seconds of each step; 0 for a step with nothing to do.
  package var seconds: [Double] { shortest.map { $0.isFinite ? $0 : 0 } }

  private var shortest: [Double]
  private var threads: [ThreadTimes] = []

  /// A profile for a plan with `steps` steps.
  package init(steps: Int) { shortest = [Double](repeating: .infinity, count: steps) }

  func begin(threads count: Int) {
    if threads.count != count { threads = (0..<count).map { _ in ThreadTimes(steps: shortest.count) } }
  }

  /// Starts the clock of a thread.
  func start(thread: Int) -> ThreadTimes {
    threads[thread].start()
    return threads[thread]
  }

  /// Notes the steps that were in this run: a pass of training has only its own.
  func end() {
    for step in shortest.indices {
      let sum = threads.reduce(0) { $0 + $1.seconds[step] }
      if sum > 0 { shortest[step] = min(shortest[step], sum / Double(threads.count)) }
    }
  }
}

/// What one thread notes in a run.
final class ThreadTimes: @unchecked Sendable {
  /// Seconds of each step.
  private(set) var seconds: [Double]
  private var stopwatch = Stopwatch()

  init(steps: Int) { seconds = [Double](repeating: 0, count: steps) }

  func start() {
    for step in seconds.indices { seconds[step] = 0 }
    stopwatch = Stopwatch()
  }

  /// What came before is not counted for any step.
  func inputIsReady() { _ = stopwatch.lap() }

  func stageIsDone(step: Int) { seconds[step] += stopwatch.lap() }
}
