import ArgumentParser
import Engine
import Inputs
import Session
import Weights

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
    let inputs = try tensor.map { try PreparedBatch(path: $0) }
    let isSizeFixed = network.inputSize != nil
    let bound = try BoundNetwork(
      network.request(model), weights: weights.request,
      suits: { inputs?.mayFit($0.inputShape) ?? true },
      adapting: { network, _ in
        if let inputs { network.image = try inputs.image(for: network, isSizeFixed: isSizeFixed) }
      })
    let labels =
      try self.labels.map { try LabelList(path: $0, classes: bound.network.classes) }
      ?? LabelList(for: bound.weights, of: bound.network)
    let classifier = Classifier(
      bound, planner: planning.planner(algorithm.convolution), batch: batchSize, threads: threading.count)
    var output = InferenceOutput(
      report: InferenceReport(model: model, format: format, style: .standardOutput), labels: labels, top: top,
      keepsLogits: logits != nil)
    if let inputs {
      try output.begin()
      try classifier.run(inputs, isStopped: { Interruption.status != nil }) { first, logits in
        try output.write(logits, of: inputs.path, from: first)
      }
    } else {
      let preprocessor = try bound.network.preprocessor(for: bound.weights, inverting: invert)
      try output.begin()
      var list = ImageList(images, separator: nul ? .nul : .newline)
      try classifier.classify(
        preprocessor, isStopped: { Interruption.status != nil },
        next: { () throws(InputError) in
          try Interruption.whileWaiting { () throws(InputError) in try list.next() }
        }
      ) { try output.write($0) }
    }
    if let logits { try output.writeLogits(to: logits, classes: bound.network.classes) }
    if let status = Interruption.status ?? output.status?.rawValue { throw ExitCode(status) }
  }
}

extension InferenceFormat: ExpressibleByArgument {}
