import ArgumentParser
import Bench
import Files
import Session
import Tradeoffs
import Zoo

/// How the networks of `compare` and `pick` are measured.
struct CandidateOptions: ParsableArguments {
  /// When networks are timed.
  enum Measuring: String, ExpressibleByArgument, CaseIterable {
    case missing
    case all
    case none
  }

  @Option(help: .init("Batch size.", valueName: "n"))
  var batchSize = 1

  @OptionGroup var threading: ThreadOption

  @Option(
    help: "Time the networks that have not been timed on this machine, all of them again, or none.")
  var measure: Measuring = .missing

  @Option(help: .init("Minimum number of measured iterations.", valueName: "n"))
  var runs = 5

  @Option(help: .init("Minimum duration of the measured iterations, in seconds.", valueName: "s"))
  var seconds = 0.5

  func validate() throws {
    try check(batchSize, in: Limits.batch, option: "--batch-size")
    try check(runs, in: 1...1_000_000, option: "--runs")
    try check(seconds, in: 0...86_400, option: "--seconds")
    try refuse("--runs", "--seconds", when: measure == .none, "with --measure none")
  }

  /// The networks of entries without their times, with their memory for other `batches` as well.
  func candidates(
    _ entries: [(family: Family, entry: ModelEntry)], batches: [Int] = []
  ) throws -> [Candidate] {
    try entries.map { family, entry in
      try Candidate(entry, of: family, batch: batchSize, threads: threading.count, batches: batches)
    }
  }

  /// What times the networks.
  var timer: CandidateTimer {
    CandidateTimer(
      batch: batchSize, threads: threading.count,
      rule: SamplingRule(warmUpRuns: 2, minimumRuns: runs, minimumSeconds: seconds),
      folder: CacheFolder.path(),
      note: { note($0) })
  }

  /// Adds the times that are known, and measures the others as `--measure` says.
  ///
  /// Each time is kept as soon as it is measured, so that a command that was interrupted can be continued. Where there are several
  /// networks, those that need more memory than there is stay without a time.
  func time(_ candidates: inout [Candidate], with timer: CandidateTimer) throws {
    if measure != .all {
      for index in candidates.indices { candidates[index].milliseconds = timer.known(candidates[index].name) }
    }
    let missing = measure == .none ? [] : candidates.indices.filter { candidates[$0].milliseconds == nil }
    if missing.isEmpty { return }
    note("timing \(missing.count) \(missing.count == 1 ? "network" : "networks"); the times are kept")
    Interruption.install()
    for (done, index) in missing.enumerated() {
      ProgressLine.show { columns in
        ProgressBar.line(done, of: missing.count, after: candidates[index].name, columns: columns)
      }
      do {
        candidates[index].milliseconds = try timer.measure(candidates[index].name)
      } catch  where missing.count > 1 && ExitStatus(of: error) == .unavailable {
        note("not timed: \(error)")
      }
      if let status = Interruption.status { throw ExitCode(status) }
    }
  }
}

extension Registry {
  /// The entries of `families`, of `names`, or all, each with its family.
  ///
  /// Throws ``RegistryError`` for an unknown name, and ``UsageError`` for an unknown family.
  func entries(named names: [String], families: [String]) throws -> [(family: Family, entry: ModelEntry)] {
    for name in families where !self.families.contains(where: { $0.name == name }) {
      let known = self.families.map(\.name).joined(separator: ", ")
      throw UsageError("--family \(name): no such family; the families are \(known)")
    }
    let chosen = try names.map(entry).map(\.name)
    return self.families.flatMap { family in
      family.entries.filter {
        (chosen.isEmpty && families.isEmpty) || families.contains(family.name) || chosen.contains($0.name)
      }.map { (family, $0) }
    }
  }
}
