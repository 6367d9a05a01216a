import ArgumentParser
import Collectives
import Engine
import Files
import Glibc
import Inputs
import Session
import TensorCore
import Weights

/// `cnnzoo infer`: classifies images.
struct InferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "infer", abstract: "Classify images, or a tensor of prepared inputs.",
    discussion: """
      Images are PNG, JPEG, WebP, TIFF, GIF, BMP or PNM files, folders of them, or - for a list of paths on standard \
      input. Results appear in the order of the inputs. If some images fail, the others are classified all the same \
      and the exit status is 1; if all fail, it is that of the first failure.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @OptionGroup var inputs: InputOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var pulling: PullOption
  @OptionGroup var network: NetworkOptions

  @OptionGroup var naming: LabelOption

  @Flag(
    inversion: .prefixedNo,
    help:
      "Swap light and dark, or do not, for weights trained on Fashion-MNIST. Default: as each image requires."
  )
  var invert: Bool?

  @Option(help: .init("Number of classes to print per input.", valueName: "k"))
  var top = 5

  @OptionGroup var threading: ThreadOption
  @OptionGroup var planning: PlanOptions
  @OptionGroup var arithmetic: PrecisionOption
  @OptionGroup var algorithm: ConvolutionOption
  @OptionGroup var display: QuietOption

  @Option(
    help: .init(
      "Write the logits of all inputs that did not fail, float32 [N, classes].", valueName: "file.npy"))
  var logits: String?

  @Option(
    help: .init(
      "Write how each image was prepared, with the SHA-256 of the network's input.", valueName: "file.json"))
  var receipt: String?

  @Option(
    help: .init(
      "Write the inputs of the network: as float32 [N, C, H, W], or as an image before normalization.",
      valueName: "file.npy|file.png"))
  var saveInput: String?

  @Option(help: "Output format; text is for people, json (one object per line) and csv are stable.")
  var format: InferenceFormat = .text

  func validate() throws {
    try arithmetic.check([algorithm.convolution])
    try refuse(
      "--invert", "--no-invert", "--receipt", "--save-input", when: inputs.tensor != nil,
      InputOptions.prepared)
    try check(receipt, endsIn: ".json", option: "--receipt")
    try check(saveInput, endsIn: ".npy", ".png", option: "--save-input")
    if planning.tune && algorithm.convolution != .automatic {
      throw ValidationError("--tune requires --convolution auto")
    }
    try check(top, atLeast: 1, option: "--top")
  }

  /// What is ready before the first input is read.
  private struct Prepared {
    let inputs: PreparedBatch?
    let bound: BoundNetwork
    let preprocessor: Preprocessor?
    let labels: LabelList
    let classifier: Classifier
  }

  func run() throws {
    try Job.run { group in try run(in: group) }
  }

  /// Classifies together with the other processes of the group, batches in a row each.
  private func run(in group: any ProcessGroup) throws {
    let prepared = try group.together { try self.prepared(group) }
    let list = try group.count > 1 && prepared.inputs == nil ? sharedList(group) : nil
    var output = InferenceOutput(
      report: InferenceReport(model: model, format: format, style: .standardOutput), labels: prepared.labels,
      top: top, keepsLogits: logits != nil,
      writesFiles: logits != nil || receipt != nil || saveInput != nil)
    try output.begin()
    try Job.printingInOrder(group) {
      try classify(prepared, list, share: group.share, into: &output)
    }
    let status = output.combined(group, Interruption.status)
    guard group.isFirst else { return }
    if let logits { try output.writeLogits(to: logits, classes: prepared.bound.network.classes) }
    if let status { throw ExitCode(status) }
  }

  /// Classifies the inputs of this process: those of a tensor or of `list` that are its share, or all images as they come.
  private func classify(
    _ prepared: Prepared, _ list: SharedImageList?, share: Share, into output: inout InferenceOutput
  ) throws {
    if let batch = prepared.inputs {
      let part = share.range(of: batch.shape.batch, inGroupsOf: inputs.batchSize)
      try prepared.classifier.run(batch, part: part, isStopped: { Interruption.status != nil }) {
        first, logits in
        try output.write(logits, of: batch.path, from: first)
      }
    } else if let preprocessor = prepared.preprocessor {
      var receipt = receipt.map { InferenceReceipt(path: $0, prepared.bound, preprocessor.description) }
      var saved = saveInput.map { SavedInputs(path: $0, preprocessor) }
      var (progress, images) = (inputs.progress, inputs.list)
      var own = list?.part(share, inGroupsOf: inputs.batchSize)[...]
      try unsafe prepared.classifier.classify(
        preprocessor, isStopped: { Interruption.status != nil },
        isNextAtHand: { own != nil || images.isNextAtHand },
        next: { () throws(InputError) in
          if own != nil { return try own?.popFirst()?.get() }
          return try Interruption.whileWaiting { () throws(InputError) in try images.next() }
        },
        prepared: { image, input in
          unsafe receipt?.add(input)
          try unsafe saved?.add(input)
        }
      ) { images in
        receipt?.add(images)
        try output.write(images)
        progress.advance(by: images.count)
      }
      if share.rank == 0 { noteSkipped(list?.skipped ?? images.skipped) }
      try receipt?.write()
      try saved?.write()
    }
  }

  /// All images, which every process lists alike; a list on standard input reaches the first process alone.
  private func sharedList(_ group: any ProcessGroup) throws -> SharedImageList {
    var text: [UInt8]?
    if inputs.images.contains("-") {
      text = group.broadcast(group.isFirst ? SharedImageList.bytes(of: STDIN_FILENO) : [])
    }
    return try SharedImageList(inputs.images, separator: inputs.separator, text)
  }

  /// Everything that a process does before it classifies.
  private func prepared(_ group: any ProcessGroup) throws -> Prepared {
    display.apply()
    arithmetic.noteLimits([algorithm.convolution])
    try pulling.check(group)
    try refuse("--receipt", "--save-input", when: group.count > 1, "in several processes")
    for path in [logits, receipt, saveInput].compactMap(\.self) where group.isFirst {
      try AtomicFile.check(path)
    }
    let prepared = try inputs.tensor.map { try PreparedBatch(path: $0) }
    let bound = try pulling.fetchingIfMissing(model) {
      try inputs.bound(network.request(model), weights: weights.request, to: prepared)
    }
    try bound.check(arithmetic.asked)
    for text in bound.notes { note(text) }
    try planning.check(arithmetic.precision, [bound.graph])
    let changes = try inputs.preprocessing.parsed()
    let preprocessor =
      try prepared == nil
      ? bound.network.preprocessor(for: bound.weights, changes: changes, inverting: invert) : nil
    noteAssumptions(
      about: bound.weights, of: bound.network, preprocessor?.description, changes: changes)
    let labels = try naming.list(for: bound)
    let classifier = Classifier(
      bound, planner: planning.planner(algorithm.convolution, arithmetic.precision), batch: inputs.batchSize,
      threads: threading.count)
    return Prepared(
      inputs: prepared, bound: bound, preprocessor: preprocessor, labels: labels, classifier: classifier)
  }
}

extension InferenceFormat: ExpressibleByArgument {}
