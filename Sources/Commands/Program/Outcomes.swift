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

  /// Counts what became of the inputs of another process, which said why some failed.
  mutating func add(_ other: Outcomes) {
    firstFailure = firstFailure ?? other.firstFailure
    successes += other.successes
  }

  /// As two numbers: the status of the first failure, 0 without one, and the number of successes.
  var numbers: [Double] { [Double(firstFailure?.rawValue ?? 0), Double(successes)] }

  /// No outcomes yet.
  init() {}

  /// Outcomes from their two numbers.
  init(_ numbers: ArraySlice<Double>) {
    firstFailure = numbers.first.flatMap { $0 == 0 ? nil : ExitStatus(rawValue: Int32($0)) }
    successes = numbers.last.map { Int($0) } ?? 0
  }

  /// Whether inputs were given, and all of them failed.
  var areFailures: Bool { firstFailure != nil && successes == 0 }

  /// The exit status, if an input has failed.
  var status: ExitStatus? { firstFailure.map { successes == 0 ? $0 : .partial } }
}
