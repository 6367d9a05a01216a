import Anatomy
import ArgumentParser
import Engine
import Files
import GraphIR
import Graphics
import Session
import TensorCore
import Text
import Training
import TrainingSession
import Zoo

/// `cnnzoo summary`: a network as a tree of blocks, with the cost of each.
struct SummaryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary", abstract: "Show a network block by block, with the cost of each part.")

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @OptionGroup var network: NetworkOptions

  @Option(help: .init("Batch size.", valueName: "n"))
  var batchSize = 1

  @Option(
    help: "Levels of blocks to expand. Default: 2 in text and Markdown, all in CSV; JSON lists every layer.")
  var depth: Int?

  @Flag(
    help: "Include auxiliary heads, tensors saved for the backward pass and the memory of a training step.")
  var training = false

  @Flag(
    help: "Print the plan that runs: order, algorithms, and the place and lifetime of every tensor in memory."
  )
  var plan = false

  @OptionGroup var algorithm: ConvolutionOption
  @OptionGroup var arithmetic: PrecisionOption

  @Option(help: .init("Threads to plan memory for.", valueName: "t"))
  var threads = 1

  /// Formats of a drawing.
  enum GraphFormat: String, ExpressibleByArgument, CaseIterable {
    case dot
    case svg
  }

  @Option(help: "Draw the network instead, as an SVG image or in Graphviz's DOT language.")
  var graph: GraphFormat?

  @Option(
    name: .customLong("output"),
    help: .init("Write the drawing to a .svg, .png or .dot file instead of printing it.", valueName: "file"))
  var file: String?

  @Option(help: "Where the arrows of the drawing lead.")
  var direction: FigureLayout.Direction = .down

  @OptionGroup var drawing: DrawingOptions

  @OptionGroup var output: FormatOption

  func validate() throws {
    try arithmetic.check([algorithm.convolution], isTraining: training)
    try check(batchSize, in: Limits.batch, option: "--batch-size")
    try check(threads, in: Limits.threads, option: "--threads")
    try check(depth, atLeast: 1, option: "--depth")
    let format = output.format
    let isDrawn = graph != nil || file != nil
    let reason = graph == nil ? "with --output" : "with --graph"
    try refuse("--format", "--plan", "--threads", "--convolution", "--precision", when: isDrawn, reason)
    try drawing.validate(file, option: "--output", or: ".dot")
    let isText = graph == .dot || file?.hasSuffix(".dot") == true
    if let file, let graph, file.hasSuffix(".dot") != (graph == .dot) {
      throw ValidationError("--output \(escaped(file)) does not fit --graph \(graph.rawValue)")
    }
    try refuse("--direction", when: !isDrawn || isText, "without a drawing in SVG or PNG")
    if isDrawn { return }
    try refuse("--depth", when: plan, "with --plan")
    try refuse("--depth", when: format == .json, "with --format json, which lists every layer")
    let hasMemory = format == .text || format == .json
    try refuse("--threads", when: !hasMemory, "with --format \(format), which has no total of the memory")
    try refuse(
      "--convolution", "--precision", when: !hasMemory && !plan,
      "with --format \(format), which has no total of the memory")
  }

  func run() throws {
    if let file { try drawing.prepare(file) }
    let network = try network.resolve(model)
    let graph = try network.graph(batch: batchSize)
    if self.graph != nil || file != nil { return try draw(network, graph) }
    if plan { return try emit(planReport(network, graph)) }
    let training = self.training ? TrainingPlan(graph, convolution: algorithm.convolution) : nil
    let shown = training == nil ? graph.withoutAuxiliaries() : graph
    let report = SummaryReport(
      network: network, totals: graph.totals, input: graph.input.shape,
      breakdown: Breakdown(shown, savedBytes: training?.savedBytes(in: shown) ?? []), threads: threads,
      memory: Plan(graph, convolution: algorithm.convolution, precision: arithmetic.precision).memory,
      trainingMemory: training?.stepMemory(network.architecture.standardSettings, threads: threads))
    switch output.format {
    case .json: try emit(report.json.line)
    case .csv: try emit(report.table(depth: depth ?? .max).csv)
    case .markdown: try emit(report.table(depth: depth ?? 2).markdown)
    case .text: try emit(report.text(depth: depth ?? 2, style: .standardOutput))
    }
  }

  private func draw(_ network: Network, _ graph: Graph) throws {
    let figure = Figure(
      training ? graph : graph.withoutAuxiliaries(), names: network.architecture.layerNames,
      depth: depth ?? .max)
    if self.graph == .dot || file?.hasSuffix(".dot") == true {
      if let file { return try AtomicFile.write(Array(figure.dot.utf8), to: file) }
      return try emit(figure.dot)
    }
    let totals = graph.totals
    let figures = [
      "\(Numbers.scaled(totals.parameters)) parameters", "\(Numbers.scaled(totals.macs)) MACs",
    ]
    let image = figure.drawing(
      title: network.name, subtitle: (network.settings.map(\.text) + figures).joined(separator: ", "),
      direction: direction)
    if let file { try drawing.write(image, to: file) } else { try emit(image.svg) }
  }

  private func planReport(_ network: Network, _ graph: Graph) -> String {
    let report: PlanReport
    if training {
      let plan = TrainingPlan(graph, convolution: algorithm.convolution)
      report = PlanReport(
        network: network, plan: plan.description,
        memory: plan.stepMemory(network.architecture.standardSettings, threads: threads), threads: threads)
    } else {
      let plan = Plan(graph, convolution: algorithm.convolution, precision: arithmetic.precision)
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

extension FigureLayout.Direction: ExpressibleByArgument {}
