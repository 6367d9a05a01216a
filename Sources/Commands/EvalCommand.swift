import ArgumentParser
import Collectives
import Datasets
import Files
import Glibc
import Graphics
import Session
import TensorCore
import Text
import Training
import TrainingSession
import Weights
import Zoo

/// `cnnzoo eval`: measures a network on labeled images.
struct EvalCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure accuracy, loss and confusion on labeled images.")

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Option(help: ArgumentHelp(DataOptions.help, valueName: "dir"))
  var data: String

  @OptionGroup var images: DataOptions
  @OptionGroup var holding: HeldOutOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var pulling: PullOption
  @OptionGroup var network: NetworkOptions
  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var threading: ThreadOption
  @OptionGroup var algorithm: ConvolutionOption
  @OptionGroup var arithmetic: PrecisionOption
  @OptionGroup var display: QuietOption

  @Option(help: "Images to evaluate on. Default: test, else val, else all.")
  var split: DataSplit?

  @Option(help: .init("Images to run together.", valueName: "n"))
  var batchSize = 64

  @Option(
    help: .init(
      "Float32 weights to compare int8 weights with. Default: those that are used without --weights.",
      valueName: "file"))
  var floatWeights: String?

  @Option(help: .init("Write the confusion matrix to a .csv, .svg or .png file.", valueName: "file"))
  var confusion: String?

  @OptionGroup var drawing: DrawingOptions

  @Option(help: .init("Write the logits of all images, float32 [N, classes].", valueName: "file.npy"))
  var logits: String?

  @OptionGroup var output: FormatOption

  func validate() throws {
    try arithmetic.check([algorithm.convolution])
    try check(batchSize, in: Limits.batch, option: "--batch-size")
    _ = try holding.heldOut()
    try drawing.validate(confusion, option: "--confusion", or: ".csv")
  }

  func run() throws {
    try Job.run { group in try run(in: group) }
  }

  /// Measures together with the other processes of the group.
  private func run(in group: any ProcessGroup) throws {
    let (evaluation, data) = try group.together { try prepared(group) }
    Interruption.install()
    var rows: [Float] = []
    var progress = ImageProgress(total: evaluation.imageCount)
    let result = try unsafe evaluation.measure(group: group, isStopped: { Interruption.status != nil }) {
      row in
      if logits != nil { unsafe rows.append(contentsOf: row) }
      progress.advance(by: group.count)
    }
    guard let result else { throw ExitCode(Interruption.status ?? 128 + SIGTERM) }
    if logits != nil { rows = group.gathered(rows) }
    guard group.isFirst else { return }
    try write(result, rows, evaluation, data: data)
  }

  /// Everything that a process does before it measures.
  private func prepared(_ group: any ProcessGroup) throws -> (PlannedEvaluation, data: String) {
    display.apply()
    arithmetic.noteLimits([algorithm.convolution])
    try pulling.check(group)
    _ = try Registry.current.entry(model)
    if group.isFirst {
      if let logits { try AtomicFile.check(logits) }
      if let confusion { try drawing.prepare(confusion) }
    }
    let data = try images.open(self.data).data.divided(asAskedBy: holding.heldOut())
    let changes = try preprocessing.parsed()
    let evaluation = try pulling.fetchingIfMissing(model) {
      try PlannedEvaluation(
        network.request(model), weights: weights.request, on: data, split: split,
        changes: changes, convolution: algorithm.convolution, precision: arithmetic.precision,
        floatWeights: floatWeights.map { .file(path: $0) } ?? .installed, batch: batchSize,
        threads: threading.count, workers: images.workers)
    }
    try evaluation.check(arithmetic.asked)
    try refuse("--float-weights", when: !evaluation.isInBytes, "on weights that are floats")
    for text in evaluation.notes { note(text) }
    if evaluation.isInBytes && !evaluation.hasComparison {
      note("no float32 weights to compare with: pass a file with --float-weights")
    }
    noteAssumptions(
      about: evaluation.weights, of: evaluation.network, evaluation.preprocessing, changes: changes)
    if evaluation.isMatchedByOrder {
      note("\(self.data): classes are matched by position: the weights do not name theirs")
    }
    return (evaluation, data.name)
  }

  private func write(
    _ result: MeasuredAccuracy, _ rows: [Float], _ evaluation: PlannedEvaluation, data: String
  ) throws {
    let report = EvaluationReport(
      model: model, data: data, classNames: evaluation.classNames, split: evaluation.split.rawValue,
      accuracy: result)
    if let logits {
      let classes = evaluation.network.classes
      try NumPyFile.write(rows, shape: [rows.count / classes, classes], to: logits)
    }
    if let confusion {
      if confusion.hasSuffix(".csv") {
        try AtomicFile.write(Array(report.confusionTable.csv.utf8), to: confusion)
      } else {
        try drawing.write(report.confusionChart.drawing, to: confusion)
      }
    }
    switch output.format {
    case .text: try emit(report.text)
    case .json: try emit(report.json.line)
    case .csv, .markdown: try emit(report.classTable.text(as: output.format))
    }
  }
}
