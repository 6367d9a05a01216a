import ArgumentParser
import Files
import GraphIR
import Inputs
import Training
import Weights
import Zoo

/// `cnnzoo eval`: how well a network does on labeled images.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure accuracy, loss and confusion on labeled images.")

  /// Which half of a data set is measured.
  enum Split: String, ExpressibleByArgument, CaseIterable {
    case train
    case test
  }

  @Argument(help: "Name of a network.")
  var model: String

  @OptionGroup var data: DataOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var threading: ThreadOption

  @Option(help: "Which images.")
  var split: Split = .test

  @Option(help: .init("Images that run together.", valueName: "n"))
  var batchSize = 64

  @Option(help: .init("Write the confusion matrix: .csv or .svg.", valueName: "file"))
  var confusion: String?

  @OptionGroup var output: FormatOption

  func validate() throws {
    if !Limits.batch.contains(batchSize) {
      throw ValidationError("--batch-size takes a number from 1 to \(Limits.batch.upperBound)")
    }
    if let confusion, !confusion.hasSuffix(".csv"), !confusion.hasSuffix(".svg") {
      throw ValidationError("--confusion takes a name ending in .csv or .svg")
    }
  }

  func run() throws {
    let entry = try Registry.entry(model)
    let data = try Dataset.open(self.data.data)
    let choice = try weights.choose(for: entry, as: network) { $0.suits(data) }
    if let names = choice.description?.classNames, names != data.classNames {
      note("\(self.data.data): its classes are not those that the weights were trained on")
    }
    let model = try network.model(named: model, for: data, weights: choice)
    let graph = try model.graph(batch: batchSize).withoutAuxiliaries()
    let predictor = try EnginePredictor(
      graph, parameters: choice.source(for: model.graph(), of: model), threads: threading.count)
    Interruption.install()
    let result = try Evaluation.measure(
      predictor, on: split == .test ? data.test : data.train, model.pipeline(for: data, weights: choice),
      loss: model.architecture.loss,
      workers: self.data.workerCount(for: data, threads: threading.count),
      isStopped: { Interruption.status != nil })
    guard let result else { throw ExitCode(Interruption.status ?? ExitStatus.software.rawValue) }
    let report = EvaluationReport(model: model.name, data: data, split: split.rawValue, evaluation: result)
    if let confusion {
      let text =
        confusion.hasSuffix(".csv")
        ? report.confusionTable.csv : ConfusionDrawing.svg(result, classNames: data.classNames)
      try AtomicFile.write(Array(text.utf8), to: confusion)
    }
    switch output.format {
    case .text: try emit(report.text)
    case .json: try emit(report.json.line)
    case .csv, .markdown: try emit(report.classTable.text(as: output.format))
    }
  }
}
