import Text
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

/// `cnnzoo bench`: how fast a network runs here.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Time networks on this machine.",
    discussion: """
      Weights come from a formula, since time does not depend on them. Every combination of model, batch and \
      threads is measured on its own: warm-up, then at least --runs runs and --seconds seconds. A run of \
      --mode train is a whole step: forward, loss, backward, SGD with momentum.
      """)

  /// What is timed.
  enum Mode: String, ExpressibleByArgument, CaseIterable {
    case infer
    case train
  }

  @Argument(help: .init("Names of networks.", valueName: "model"))
  var models: [String]

  @OptionGroup var network: NetworkOptions
  @OptionGroup var planning: PlanOptions

  @Option(
    help: .init(
      "How to compute convolutions, see `infer`; several ways with commas are measured side by side.",
      valueName: "name,..."))
  var convolution = ConvolutionList([.automatic])

  @Option(help: .init("Images that run together; several numbers with commas.", valueName: "n,..."))
  var batchSize = NumberList([1])

  @Option(
    help: .init("Threads; several numbers with commas. Default: the physical cores.", valueName: "t,..."))
  var threads = NumberList([ThreadPolicy.defaultThreads])

  @Option(help: "What is timed.")
  var mode: Mode = .infer

  @Flag(help: "Time every layer too.")
  var perLayer = false

  @Option(help: .init("Fewest runs that count.", valueName: "n"))
  var runs = 10

  @Option(help: .init("Shortest time over all counted runs, in seconds.", valueName: "s"))
  var seconds = 2.0

  @Option(help: .init("Runs before any counts.", valueName: "n"))
  var warmUp = 3

  @OptionGroup var output: FormatOption

  func validate() throws {
    guard batchSize.numbers.allSatisfy(Limits.batch.contains) else {
      throw ValidationError("--batch-size takes numbers from 1 to \(Limits.batch.upperBound)")
    }
    guard threads.numbers.allSatisfy(Limits.threads.contains) else {
      throw ValidationError("--threads takes numbers from 1 to \(Limits.threads.upperBound)")
    }
    if planning.tune && !convolution.choices.contains(.automatic) {
      throw ValidationError("--tune measures what --convolution auto chooses from: add auto")
    }
    guard (1...1_000_000).contains(runs), (0...86_400).contains(seconds), (0...1_000_000).contains(warmUp)
    else {
      throw ValidationError("--runs, --seconds and --warm-up take reasonable numbers")
    }
  }

  func run() throws {
    // All names first: a typing error in the last one should not cost the time of the others.
    let networks = try models.map(network.resolve)
    let rule = SamplingRule(warmUpRuns: warmUp, minimumRuns: runs, minimumSeconds: seconds)
    let planners = convolution.choices.map { planning.planner($0) }
    Interruption.install()
    var report = BenchReport(machine: .current(), mode: mode)
    for network in networks {
      for batch in batchSize.numbers {
        let graph = try network.graph(batch: batch)
        for threads in threads.numbers {
          let results = try measure(network, graph, planners, threads: threads, rule: rule)
          for (index, result) in results.enumerated() {
            if let warning = result.statistics.warning { note("\(network.name): \(warning)") }
            let measurement = BenchMeasurement(
              network: network, convolution: convolution.choices[index], result: result,
              tuning: planners[index].measurements, peakResidentBytes: Machine.peakResidentBytes())
            report.measurements.append(measurement)
            // One object a measurement, as soon as it is known.
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
      try Memory.check(
        plans.reduce(0) { $0 + $1.memory.peakBytes(threads: threads) }, for: network.name)
      return try ModelBenchmark.run(
        graph, plans: plans, parameters: FormulaWeights(), threads: threads, rule: rule, perLayer: perLayer)
    case .train:
      let benchmark = TrainingBenchmark(network, graph, convolutions: convolution.choices)
      try Memory.check(benchmark.memoryBytes(threads: threads), for: network.name)
      return try benchmark.run(threads: threads, rule: rule, perLayer: perLayer)
    }
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
