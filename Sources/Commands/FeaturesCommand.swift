import ArgumentParser
import Files
import Inputs
import Ops
import Session
import TensorCore
import Weights

/// `cnnzoo features`: writes the output of a layer for images.
struct FeaturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "features", abstract: "Write the features of images: the output of any layer.",
    discussion: """
      Features are written in the order of the inputs. If some images fail, the others are written all the same and the \
      exit status is 1; if all fail, it is that of the first failure.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @OptionGroup var inputs: InputOptions

  @Option(
    help: .init(
      "Layer or block by its path, as 'cnnzoo summary' lists it, or penultimate: what the classifier reads.",
      valueName: "path"))
  var layer = "penultimate"

  @Option(help: "How feature maps are pooled. Default: average for penultimate, none for other layers.")
  var pool: FeaturePooling?

  @Option(
    help: .init(
      "File to write: float32 [N, features] or [N, C, H, W], or a line of numbers for each path.",
      valueName: "file.npy|file.csv"))
  var output: String

  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var threading: ThreadOption

  func validate() throws {
    try check(output, endsIn: ".npy", ".csv", option: "--output")
  }

  func run() throws {
    try AtomicFile.check(output)
    let prepared = try inputs.tensor.map { try PreparedBatch(path: $0) }
    let bound = try inputs.bound(network.request(model), weights: weights.request, to: prepared)
    try bound.check(.float32)
    for text in bound.notes { note(text) }
    let layer = try bound.layer(layer)
    let pooling = pool ?? (layer.isPenultimate ? .average : .none)
    if pool != nil && layer.shape.rank == 1 {
      throw ValidationError("--pool has no effect on \(layer.name), which makes vectors")
    }
    let classifier = Classifier(
      bound.features(of: layer, pooling: pooling), batch: inputs.batchSize, threads: threading.count)
    var features = FeatureTable(shape: layer.shape(after: pooling))
    Interruption.install()
    if let prepared {
      try classifier.run(prepared, isStopped: { Interruption.status != nil }) { first, rows in
        for (index, row) in rows.enumerated() {
          try features.add(row, of: "\(prepared.path)[\(first + index)]")
        }
      }
    } else {
      try classify(with: classifier, bound, into: &features)
    }
    try features.write(to: output)
    if let status = Interruption.status ?? features.status?.rawValue { throw ExitCode(status) }
  }

  private func classify(
    with classifier: Classifier, _ bound: BoundNetwork, into features: inout FeatureTable
  ) throws {
    let preprocessor = try inputs.preprocessing.preprocessor(for: bound)
    var (progress, list) = (inputs.progress, inputs.list)
    try unsafe classifier.classify(
      preprocessor, isStopped: { Interruption.status != nil }, isNextAtHand: { list.isNextAtHand },
      next: { () throws(InputError) in
        try Interruption.whileWaiting { () throws(InputError) in try list.next() }
      }
    ) { images in
      for image in images { try features.add(image.result.map(\.logits), of: image.path) }
      progress.advance(by: images.count)
    }
    noteSkipped(list.skipped)
  }
}

extension FeaturePooling: ExpressibleByArgument {}
