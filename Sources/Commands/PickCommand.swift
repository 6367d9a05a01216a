import ArgumentParser
import Session
import Text
import Tradeoffs
import Zoo

/// `cnnzoo pick`: the Pareto set of the networks within limits.
struct PickCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pick", abstract: "Pick the networks that are best within limits of time, memory and size.",
    discussion: """
      Prints the Pareto set of the networks within the limits, the fastest first: no other one has at least the accuracy, takes \
      at most the time and the memory, and is better in one of these. Figures are those of 'cnnzoo compare'.
      """)

  @Argument(help: .init("Names of networks to pick from. Default: all.", valueName: "model"))
  var models: [String] = []

  @Option(help: .init("Pick from a family; may be repeated.", valueName: "name"))
  var family: [String] = []

  @OptionGroup var limits: LimitOptions
  @OptionGroup var candidates: CandidateOptions
  @OptionGroup var output: FormatOption

  func run() throws {
    let entries = try Registry.current.entries(named: models, families: family)
    // What exceeds another limit need not be timed.
    let limits = limits.limits
    var rows = try candidates.candidates(entries).filter { $0.accuracy != nil && limits.mayAdmit($0) }
    try candidates.time(&rows, with: candidates.timer)
    let picked = rows.filter(limits.admitsTime).paretoSet
    if picked.isEmpty && output.format == .text { return note("no network is within the limits") }
    let report = CandidateReport(
      candidates: picked, batch: candidates.batchSize, threads: candidates.threading.count)
    try emit(report.text(as: output.format))
  }
}
