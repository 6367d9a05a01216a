import ArgumentParser
import Engine
import Files
import GraphIR
import Inputs
import TensorCore
import Weights
import Zoo

/// `cnnzoo infer`: what a network sees in images.
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "Classify images, or a tensor of prepared ones.",
    discussion: """
      Images are PNG, JPEG or WebP: files, folders, or - for a list of paths on standard input. Results keep \
      the order of the inputs. An image that fails does not stop the others; the exit status is then 1, or, \
      if all failed, that of the first failure.
      """)

  @Argument(help: "Name of a network.")
  var model: String

  @Argument(help: .init("Images, folders, or - for a list on standard input.", valueName: "image"))
  var images: [String] = []

  @Flag(name: .customShort("0"), help: "Paths on standard input end in NUL, not in a line feed.")
  var nul = false

  @Option(help: .init("Prepared inputs, float32 [N, C, H, W], in place of images.", valueName: "file.npy"))
  var tensor: String?

  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions

  @Option(help: .init("Names of the classes, one a line.", valueName: "file"))
  var labels: String?

  @Flag(
    inversion: .prefixedNo,
    help:
      "Whether light and dark are exchanged, for weights from fashion-mnist. Default: what the image needs."
  )
  var invert: Bool?

  @Option(help: .init("Classes to print for each input.", valueName: "k"))
  var top = 5

  @Option(help: .init("Inputs that run together.", valueName: "n"))
  var batchSize = 1

  @OptionGroup var threading: ThreadOption
  @OptionGroup var planning: PlanOptions
  @OptionGroup var algorithm: ConvolutionOption

  @Option(
    help: .init(
      "Write all logits, float32 [N, classes], of the inputs that did not fail.", valueName: "file.npy"))
  var logits: String?

  @Option(help: "text for people; json (one object a line) and csv are stable.")
  var format: InferenceFormat = .text

  func validate() throws {
    if images.isEmpty == (tensor == nil) {
      throw ValidationError("Give images or --tensor, one of the two")
    }
    if invert != nil && tensor != nil {
      throw ValidationError("--invert is for images, not for --tensor")
    }
    if planning.tune && algorithm.convolution != .automatic {
      throw ValidationError("--tune measures what --convolution auto chooses from: give one of the two")
    }
    if top < 1 { throw ValidationError("--top takes a number from 1 on") }
    if !Limits.batch.contains(batchSize) {
      throw ValidationError("--batch-size takes a number from 1 to \(Limits.batch.upperBound)")
    }
  }

  func run() throws {
    let entry = try Registry.entry(model)
    let array = try tensor.map { try NumPyFile.read(path: $0) }
    let choice = try weights.choose(for: entry, as: network) { description in
      array.map { $0.shape.rank != 4 || $0.shape[1] == description.inputShape[0] } ?? true
    }
    var model = try network.model(named: model, for: choice)
    let batch = try array.map { array in
      try PreparedBatch.check(
        array.shape, of: tensor ?? "", for: model, isSizeFixed: network.inputSize != nil)
      model.image = Shape(Array(array.shape.dimensions.dropFirst()))
      return array
    }
    let preparation = try batch == nil ? model.preparation(for: choice, inverting: invert) : nil
    let labels =
      try self.labels.map { try LabelList(path: $0, classes: model.classes) }
      ?? LabelList(for: choice, of: model)
    let run = InferenceRun(
      model: model, planner: Planner(planning, convolution: algorithm.convolution),
      parameters: try choice.source(for: model.graph(), of: model),
      batchSize: batchSize, threads: threading.count, top: top, labels: labels,
      report: InferenceReport(model: model.name, format: format, style: .standardOutput),
      keepsLogits: logits != nil)
    Interruption.install()
    try emit(run.report.header)
    if let preparation {
      try run.classify(ImageList(images, separator: nul ? .nul : .newline), preparation)
    } else if let tensor, let batch {
      try run.classify(batch, path: tensor)
    }
    if let logits, !run.logits.isEmpty || run.failures.isEmpty {
      let rows = run.logits.count / model.classes
      try NumPyFile.write(run.logits, shape: [rows, model.classes], to: logits)
    }
    if let status = Interruption.status { throw ExitCode(status) }
    if let first = run.failures.first {
      throw ExitCode((run.successes == 0 ? first : .partial).rawValue)
    }
  }
}

extension InferenceFormat: ExpressibleByArgument {}
