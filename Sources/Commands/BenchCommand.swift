import ArgumentParser
import Bench
import Engine
import GraphIR
import Session
import TensorCore
import Text
import TrainingSession
import Weights
import Zoo

/// `cnnzoo bench`: times networks.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Benchmark networks on this machine.",
    discussion: """
      Weights are computed from a formula, since time does not depend on their values. Each combination of network, \
      batch size and number of threads is measured on its own: warm-up iterations, then at least --runs iterations and \
      --seconds seconds. With --mode train, an iteration is a whole training step: forward pass, loss, backward pass, \
      SGD with momentum.
      """)

  /// What is timed.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case infer
    case train
  }

  @Argument(help: .init("Names of networks, see 'cnnzoo list'.", valueName: "model"))
  var models: [String]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var planning: PlanOptions
  @OptionGroup var arithmetic: PrecisionOption

  @Option(
    help: .init(
      "Algorithm for convolutions, see 'cnnzoo help infer'; several, separated by commas, are measured side by side.",
      valueName: "name,..."))
  var convolution = ConvolutionList([.automatic])

  @Option(help: .init("Batch sizes, separated by commas.", valueName: "n,..."))
  var batchSize = NumberList([1])

  @Option(
    help: .init("Numbers of threads, separated by commas. Default: the physical cores.", valueName: "t,..."))
  var threads = NumberList([ThreadPolicy.defaultThreads])

  @Option(help: "Time inference or training steps.")
  var mode: Mode = .infer

  @Flag(help: "Time every layer as well.")
  var perLayer = false

  @Option(help: .init("Minimum number of measured iterations.", valueName: "n"))
  var runs = 10

  @Option(help: .init("Minimum duration of the measured iterations, in seconds.", valueName: "s"))
  var seconds = 2.0

  @Option(help: .init("Iterations before measuring.", valueName: "n"))
  var warmUp = 3

  @OptionGroup var output: FormatOption

  func validate() throws {
    try arithmetic.check(convolution.choices, isTraining: mode == .train)
    for size in batchSize.numbers { try check(size, in: Limits.batch, option: "--batch-size") }
    for count in threads.numbers { try check(count, in: Limits.threads, option: "--threads") }
    try check(runs, in: 1...1_000_000, option: "--runs")
    try check(warmUp, in: 0...1_000_000, option: "--warm-up")
    try check(seconds, in: 0...86_400, option: "--seconds")
    try refuse("--tune", "--linear-weights", when: mode == .train, "with --mode train")
    if planning.tune && !convolution.choices.contains(.automatic) {
      throw ValidationError("--tune requires auto among the values of --convolution")
    }
  }

  func run() throws {
    arithmetic.noteLimits(convolution.choices)
    // Resolve all names first: a typo in the last one should not cost the time of the others.
    let networks = try models.map(network.resolve)
    try planning.check(arithmetic.precision, networks.map { try $0.graph() })
    let rule = SamplingRule(warmUpRuns: warmUp, minimumRuns: runs, minimumSeconds: seconds)
    let planners = convolution.choices.map { planning.planner($0, arithmetic.precision) }
    Interruption.install()
    var report = BenchReport(machine: .current(), mode: mode)
    if let mismatch = report.machine.openBLASMismatch { note(mismatch) }
    for network in networks {
      for batch in batchSize.numbers {
        let graph = try network.graph(batch: batch)
        for threads in threads.numbers {
          let results = try measure(network, graph, planners, threads: threads, rule: rule)
          for (index, result) in results.enumerated() {
            if let warning = result.statistics.warning { note("\(network.name): \(warning)") }
            let measurement = BenchMeasurement(
              network: network, convolution: convolution.choices[index],
              precision: arithmetic.precision, result: result,
              tuning: planners[index].measurements, peakResidentBytes: Machine.peakResidentBytes())
            report.measurements.append(measurement)
            // One object per measurement, as soon as it is known.
            if output.format == .json { try emit(report.json(measurement).line) }
          }
          if let status = Interruption.status { throw ExitCode(status) }
        }
      }
    }
    switch output.format {
    case .json: break
    case .csv, .markdown: try emit(report.table(perLayer: perLayer).text(as: output.format))
    case .text: try emit(report.text(perLayer: perLayer, style: .standardOutput))
    }
  }

  private func measure(
    _ network: Network, _ graph: Graph, _ planners: [Planner], threads: Int, rule: SamplingRule
  ) throws -> [BenchmarkResult] {
    switch mode {
    case .infer:
      let plans = try planners.map { try $0.plan(graph, threads: threads, for: network.name) }
      try checkMemory(
        plans.reduce(0) { $0 + $1.memory.peakBytes(threads: threads) + graph.batchBytes }, network, planners,
        threads: threads)
      return try ModelBenchmark.run(
        graph, plans: plans, parameters: FormulaWeights(), threads: threads, rule: rule, perLayer: perLayer)
    case .train:
      let benchmark = try TrainingBenchmark(network, graph, convolutions: convolution.choices)
      try checkMemory(benchmark.memoryBytes(threads: threads), network, planners, threads: threads)
      return try benchmark.run(threads: threads, rule: rule, perLayer: perLayer)
    }
  }

  /// Throws where networks of `bytes` and the measurements beside them do not fit into memory.
  private func checkMemory(_ bytes: Int, _ network: Network, _ planners: [Planner], threads: Int) throws {
    try Memory.check(
      bytes + ModelBenchmark.rateBytes(threads: threads, perLayer: perLayer), for: network.name,
      newThreads: ModelBenchmark.startedThreads(
        threads: threads, count: planners.count, perLayer: perLayer),
      callers: threads)
  }
}

/// Whole numbers separated by commas: `1,8,32`.
struct NumberList: ExpressibleByArgument {
  let numbers: [Int]

  init(_ numbers: [Int]) { self.numbers = numbers }

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    numbers = parts.compactMap(\.self)
    guard !parts.isEmpty, numbers.count == parts.count else { return nil }
  }

  var defaultValueDescription: String { numbers.map(String.init).joined(separator: ",") }
}
