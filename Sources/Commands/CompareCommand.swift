import ArgumentParser
import Files
import Session
import Text
import Tradeoffs
import Zoo

/// `cnnzoo compare`: networks by what they achieve and what they cost here.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare networks by accuracy, parameters, operations, memory and time on this machine.",
    discussion: """
      Accuracy is the best published top-1 on ImageNet at the network's own input size. Time is the shortest of the measured \
      iterations with weights from a formula; it is kept in the cache folder, with what it was measured under. Memory is \
      what inference is planned to take.
      """)

  /// Sort orders.
  enum Order: String, ExpressibleByArgument, CaseIterable {
    case name
    case accuracy
    case params
    case macs
    case time
    case memory
  }

  @Argument(help: .init("Names of networks, see 'cnnzoo list'.", valueName: "model"))
  var models: [String] = []

  @Option(help: .init("Compare the networks of a family; may be repeated.", valueName: "name"))
  var family: [String] = []

  @Flag(help: "Compare all networks.")
  var all = false

  @OptionGroup var candidates: CandidateOptions
  @OptionGroup var limits: LimitOptions

  @Option(help: "Sort order, the best first. Default: families in historical order.")
  var sort: Order?

  @Option(help: .init("Write a chart.", valueName: "file.svg"))
  var chart: String?

  @Option(help: "What the chart shows.")
  var plot: TradeoffChart.Kind = .accuracyMACs

  @OptionGroup var output: FormatOption

  func validate() throws {
    if all == !(models.isEmpty && family.isEmpty) {
      throw ValidationError("expected names of networks, --family or --all")
    }
    try check(chart, endsIn: ".svg", option: "--chart")
    try refuse("--plot", when: chart == nil, "without --chart")
  }

  func run() throws {
    if let chart { try AtomicFile.check(chart) }
    let entries = try Registry.current.entries(named: models, families: family)
    let (limits, timer) = (limits.limits, candidates.timer)
    var rows = try candidates.candidates(entries).filter(limits.mayAdmit)
    try candidates.time(&rows, with: timer)
    rows.removeAll { !limits.admitsTime(of: $0) }
    sort(&rows)
    if let chart {
      let drawing = TradeoffChart(plot, rows, conditions: timer.description)
      try AtomicFile.write(Array(drawing.svg.utf8), to: chart)
    }
    let report = CandidateReport(
      candidates: rows, batch: candidates.batchSize, threads: candidates.threading.count)
    try emit(report.text(as: output.format))
  }

  private func sort(_ rows: inout [Candidate]) {
    switch sort {
    case nil: break
    case .name: rows.sort { naturallyPrecedes($0.name, $1.name) }
    case .accuracy: rows.sort { $0.accuracy?.percent ?? -1 > $1.accuracy?.percent ?? -1 }
    case .params: rows.sort { $0.parameters < $1.parameters }
    case .macs: rows.sort { $0.macs < $1.macs }
    case .time: rows.sort { $0.milliseconds ?? .infinity < $1.milliseconds ?? .infinity }
    case .memory: rows.sort { $0.memoryBytes < $1.memoryBytes }
    }
  }
}

extension TradeoffChart.Kind: ExpressibleByArgument {}
