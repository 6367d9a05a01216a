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
    try check(threads, in: Limits.threads, option: "--threads")
  }

  /// The number given, or the default of the machine.
  var count: Int { threads ?? ThreadPolicy.defaultThreads }
}
