import Anatomy
import ArgumentParser
import Engine
import GraphIR
import Session
import TensorCore
import Text
import Training
import TrainingSession
import Zoo

/// `cnnzoo summary`: a network as a tree of blocks, with what each costs.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Show a network block by block, with what each part costs.")

  @Argument(help: "Name of a network.")
  var model: String

  @OptionGroup var network: NetworkOptions

  @Option(help: .init("Images in the batch.", valueName: "n"))
  var batchSize = 1

  @Option(help: "Levels of blocks to open. Default: 2 in text and Markdown, all in CSV; JSON has all layers.")
  var depth: Int?

  @Flag(help: "Add auxiliary heads, what a backward pass keeps and the memory of training.")
  var training = false

  @Flag(
    help: "Print the plan that runs: order, algorithms, and where in memory everything lies and how long.")
  var plan = false

  @OptionGroup var algorithm: ConvolutionOption

  @Option(help: .init("Threads that memory is planned for.", valueName: "t"))
  var threads = 1

  /// Languages that a drawing can be written in.
  enum Drawing: String, ExpressibleByArgument, CaseIterable {
    case dot
    case svg
  }

  @Option(help: "Draw the network instead: an image (svg), or Graphviz's language (dot).")
  var graph: Drawing?

  @OptionGroup var output: FormatOption

  func validate() throws {
    if !Limits.batch.contains(batchSize) {
      throw ValidationError("--batch-size takes a number from 1 to \(Limits.batch.upperBound)")
    }
    if !Limits.threads.contains(threads) {
      throw ValidationError("--threads takes a number from 1 to \(Limits.threads.upperBound)")
    }
    if graph != nil && (output.format != .text || plan) {
      throw ValidationError("--graph excludes --format and --plan")
    }
    if plan && depth != nil { throw ValidationError("--plan has every step: it takes no --depth") }
    if let depth, depth < 1 { throw ValidationError("--depth takes a number from 1 on") }
  }

  func run() throws {
    let network = try network.resolve(model)
    let graph = try network.graph(batch: batchSize)
    if let drawing = self.graph {
      let figure = Figure(graph)
      return try emit(drawing == .svg ? figure.svg : figure.dot)
    }
    if plan { return try emit(planReport(network, graph)) }
    let training = self.training ? TrainingPlan(graph, convolution: algorithm.convolution) : nil
    let shown = training == nil ? graph.withoutAuxiliaries() : graph
    let report = SummaryReport(
      network: network, totals: graph.totals, input: graph.input.shape,
      breakdown: Breakdown(shown, savedBytes: training?.savedBytes(in: shown) ?? []), threads: threads,
      memory: Plan(graph, convolution: algorithm.convolution).memory,
      trainingMemory: training?.stepMemory(network.architecture.standardSettings, threads: threads))
    switch output.format {
    case .json: try emit(report.json.line)
    case .csv: try emit(report.table(depth: depth ?? .max).csv)
    case .markdown: try emit(report.table(depth: depth ?? 2).markdown)
    case .text: try emit(report.text(depth: depth ?? 2, style: .standardOutput))
    }
  }

  private func planReport(_ network: Network, _ graph: Graph) -> String {
    let report: PlanReport
    if training {
      let plan = TrainingPlan(graph, convolution: algorithm.convolution)
      report = PlanReport(
        network: network, plan: plan.description,
        memory: plan.stepMemory(network.architecture.standardSettings, threads: threads), threads: threads)
    } else {
      let plan = Plan(graph, convolution: algorithm.convolution)
      report = PlanReport(
        network: network, plan: plan.description, memory: plan.memory.statement(threads: threads),
        threads: threads)
    }
    return switch output.format {
    case .json: report.json.line
    case .csv, .markdown: report.table.text(as: output.format)
    case .text: report.text(style: .standardOutput)
    }
  }
}
