import Anatomy
import ArgumentParser
import Engine
import GraphIR
import TensorCore
import Training
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
    if graph != nil && output.format != .text {
      throw ValidationError("--graph and --format exclude each other")
    }
    if let depth, depth < 1 { throw ValidationError("--depth takes a number from 1 on") }
  }

  func run() throws {
    let model = try network.model(named: model)
    let graph = try model.graph(batch: batchSize)
    if let drawing = self.graph {
      let figure = Figure(graph)
      return try emit(drawing == .svg ? figure.svg : figure.dot)
    }
    let report = SummaryReport(
      model: model, totals: graph.totals,
      input: graph.input.shape, breakdown: Breakdown(training ? graph : graph.withoutAuxiliaries()),
      threads: threads, memory: Plan(graph).memory,
      trainingMemory: training
        ? TrainingPlan(graph).stepMemory(model.architecture.standardSettings, threads: threads) : nil)
    switch output.format {
    case .json: try emit(report.json.line)
    case .csv: try emit(report.table(depth: depth ?? .max).csv)
    case .markdown: try emit(report.table(depth: depth ?? 2).markdown)
    case .text: try emit(report.text(depth: depth ?? 2, style: .standardOutput))
    }
  }
}
