import ArgumentParser
import Files
import Graphics
import Session
import Text
import Tradeoffs
import Zoo

/// `cnnzoo compare`: networks by their accuracy and by what they cost on this machine.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare networks by accuracy, parameters, operations, memory and time on this machine.",
    discussion: """
      Accuracy is the best published top-1 on ImageNet at the network's own input size. Time is the shortest of the measured \
      iterations with weights from a formula; it is kept in the cache folder, together with the conditions of the measurement. \
      Memory is the peak of inference that the plan states.
      """)

  /// What a chart shows.
  enum Plot: ExpressibleByArgument, CaseIterable {
    case tradeoff(TradeoffChart.Kind)
    case memoryBatch

    static let allCases = TradeoffChart.Kind.allCases.map(Plot.tradeoff) + [.memoryBatch]
    static var allValueStrings: [String] { allCases.map(\.name) }

    init?(argument: String) {
      guard let plot = Self.allCases.first(where: { $0.name == argument }) else { return nil }
      self = plot
    }

    var name: String {
      switch self {
      case .tradeoff(let kind): kind.rawValue
      case .memoryBatch: "memory-batch"
      }
    }
  }

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

  @Option(
    name: [.customLong("chart"), .customLong("output")],
    help: .init("Write a chart to a .svg or .png file.", valueName: "file"))
  var chart: String?

  @Option(help: "What the chart shows. Without --chart, it is drawn in the terminal. Default: accuracy-macs.")
  var plot: Plot?

  @OptionGroup var drawing: DrawingOptions

  @OptionGroup var output: FormatOption

  func validate() throws {
    if all == !(models.isEmpty && family.isEmpty) {
      throw ValidationError("expected names of networks, --family or --all")
    }
    try drawing.validate(chart, option: "--chart", "--output")
    try refuse(
      "--plot", when: chart == nil && output.format != .text,
      "with --format \(output.format) and without --chart")
  }

  func run() throws {
    if let chart { try drawing.prepare(chart) }
    let entries = try Registry.current.entries(named: models, families: family)
    let (limits, timer) = (limits.limits, candidates.timer)
    let batches = if case .memoryBatch = plot { MemoryChart.batches } else { [Int]() }
    var rows = try candidates.candidates(entries, batches: batches).filter(limits.mayAdmit)
    try candidates.time(&rows, with: timer)
    rows.removeAll { !limits.admitsTime(of: $0) }
    if rows.isEmpty && output.format == .text { return note("no network is within the limits") }
    sort(&rows)
    let report = CandidateReport(
      candidates: rows, batch: candidates.batchSize, threads: candidates.threading.count)
    try emit(report.text(as: output.format))
    if chart == nil && plot == nil { return }
    let style = TextStyle.standardOutput
    let shown: any NetworkChart =
      switch plot ?? .tradeoff(.accuracyMACs) {
      case .tradeoff(let kind): TradeoffChart(kind, rows, conditions: timer.description)
      case .memoryBatch: MemoryChart(rows, threads: candidates.threading.count)
      }
    if let chart { return try drawing.write(shown.drawing, to: chart) }
    try emit("\n" + shown.text(columns: style.plotColumns(beside: 12), isColored: style.isColored))
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
