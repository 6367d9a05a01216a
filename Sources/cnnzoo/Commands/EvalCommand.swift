import ArgumentParser
import Files
import GraphIR
import Inputs
import Text
import Training
import Weights
import Zoo

/// `cnnzoo eval`: how well a network does on labeled images.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure accuracy, loss and confusion on labeled images.")

  @Argument(help: "Name of a network.")
  var model: String

  @OptionGroup var data: DataOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var threading: ThreadOption
  @OptionGroup var algorithm: ConvolutionOption

  @Option(help: "Images to measure. Default: test, else val, else all of a folder of classes.")
  var split: DataSplit?

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
    let split = self.split ?? data.evaluationSplit ?? .test
    let stored = try data.images(of: split)
    let model = try network.model(named: model, for: data, weights: choice)
    let classes = try match(data, choice, model)
    if classes.isByOrder, self.weights.randomWeights == nil {
      note("\(self.data.data): its classes are taken in their order: the weights do not name theirs")
    }
    let known = LabelList(for: choice, of: model)
    let classNames = (0..<model.classes).map { output in
      classes.outputs.firstIndex(of: output).map { data.classNames[$0] } ?? known[output] ?? "\(output)"
    }
    let graph = try model.graph(batch: batchSize).withoutAuxiliaries()
    let predictor = try EnginePredictor(
      graph, convolution: algorithm.convolution, parameters: choice.source(for: model.graph(), of: model), threads: threading.count)
    let loss: Loss = model.name == "lenet5" ? .radialBasis(competition: 50) : .crossEntropy(smoothing: 0)
    Interruption.install()
    let result = try Evaluation.measure(
      predictor, on: RelabeledImages(stored, labels: classes.outputs),
      model.pipeline(for: data, weights: choice),
      loss: loss,
      workers: self.data.workerCount(for: data, threads: threading.count),
      isStopped: { Interruption.status != nil })
    guard let result else { throw ExitCode(Interruption.status ?? ExitStatus.software.rawValue) }
    let report = EvaluationReport(
      model: model.name, data: data.name, classNames: classNames, split: split.rawValue, evaluation: result)
    if let confusion {
      let text =
        confusion.hasSuffix(".csv")
        ? report.confusionTable.csv : ConfusionDrawing.svg(result, classNames: classNames)
      try AtomicFile.write(Array(text.utf8), to: confusion)
    }
    switch output.format {
    case .text: try emit(report.text)
    case .json: try emit(report.json.line)
    case .csv, .markdown: try emit(report.classTable.text(as: output.format))
    }
  }

  /// Which output stands for each class of the data.
  private func match(_ data: Dataset, _ choice: WeightChoice, _ model: Model) throws -> ClassMatch {
    let own = choice.description.map(\.classNames) ?? []
    do throws(ClassMatchError) {
      return try ClassMatch(
        data.classNames,
        with: !own.isEmpty
          ? [own] : weights.randomWeights == nil ? LabelList.vocabularies(publishedFor: model) : [],
        outputs: model.classes, isBinding: !own.isEmpty)
    } catch { throw DataError("\(escaped(self.data.data)): \(error)") }
  }
}

extension DataSplit: ExpressibleByArgument {}
