import ArgumentParser
import Engine

/// The option `--threads`.
struct ThreadOption: ParsableArguments {
  @Option(
    help: .init(
      "Threads that compute. Default: the physical cores that this process may use.", valueName: "t"))
  var threads: Int?

  func validate() throws {
    if let threads, !Limits.threads.contains(threads) {
      throw ValidationError("--threads takes a number from 1 to \(Limits.threads.upperBound)")
    }
  }

  /// The number given, or the machine's own.
  var count: Int { threads ?? ThreadPolicy.defaultThreads }
}
