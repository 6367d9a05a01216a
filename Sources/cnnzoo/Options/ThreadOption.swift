import ArgumentParser
import Engine
import Session

/// The option `--threads`.
struct ThreadOption: ParsableArguments {
  @Option(
    help: .init(
      "Threads to compute with. Default: the physical cores available to the process.", valueName: "t"))
  var threads: Int?

  func validate() throws {
    if let threads, !Limits.threads.contains(threads) {
      throw ValidationError("--threads takes a number from 1 to \(Limits.threads.upperBound)")
    }
  }

  /// The number given, or the machine's own.
  var count: Int { threads ?? ThreadPolicy.defaultThreads }
}
