import ArgumentParser
import Collectives
import Fetching
import Session
import Zoo

/// The option `--pull` of commands that need weights.
struct PullOption: ParsableArguments {
  @Flag(help: "Download published weights if none are found, like 'cnnzoo pull'.")
  var pull = false

  func validate() throws {
    try refuse("--pull", when: isUseless, "with weights that are given: --weights or --random-weights")
  }

  private var isUseless: Bool {
    !CommandLineArguments.current.options.isDisjoint(with: ["--weights", "--random-weights"])
  }

  /// Throws ``ValidationError`` where several processes would download the same file.
  func check(_ group: any ProcessGroup) throws {
    try refuse("--pull", when: group.count > 1, "in several processes: run 'cnnzoo pull' first")
  }

  /// Runs `body`; if it finds no weights and `--pull` is given, downloads those of `model` and runs it again.
  func fetchingIfMissing<Result>(_ model: String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as SessionError {
      guard pull, case .noWeights = error, try Registry.current.entry(model).weightsToFetch != nil else {
        throw error
      }
      do { _ = try WeightFetcher().fetch(model) } catch let error as DownloadError {
        guard case .stopped = error, let status = Interruption.status else { throw error }
        note("\(error)")
        throw ExitCode(status)
      }
      return try body()
    }
  }
}
