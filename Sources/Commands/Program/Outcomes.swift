/// What became of several inputs, and so the exit status.
struct Outcomes {
  /// The status of the first failure.
  private var firstFailure: ExitStatus?
  private var successes = 0

  /// Counts an input that succeeded.
  mutating func succeed() { successes += 1 }

  /// Says on standard error why an input failed, and counts it.
  mutating func fail(_ error: any Error) {
    note(message(for: error))
    firstFailure = firstFailure ?? ExitStatus(of: error)
  }

  /// Whether inputs were given, and all of them failed.
  var areFailures: Bool { firstFailure != nil && successes == 0 }

  /// The exit status, if an input has failed.
  var status: ExitStatus? { firstFailure.map { successes == 0 ? $0 : .partial } }
}
