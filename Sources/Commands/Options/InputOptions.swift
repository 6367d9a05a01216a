import ArgumentParser
import Inputs
import Session
import Weights

/// What a network is given: images, or a tensor of prepared inputs.
struct InputOptions: ParsableArguments {
  @Argument(
    help: .init("Image files, folders, or - for a list of paths on standard input.", valueName: "image"))
  var images: [String] = []

  @Flag(name: .customShort("0"), help: "Read paths on standard input that end in NUL instead of a newline.")
  var nul = false

  @Option(
    help: .init("Take prepared inputs, float32 [N, C, H, W], instead of images.", valueName: "file.npy"))
  var tensor: String?

  @Option(help: .init("Inputs to run together.", valueName: "n"))
  var batchSize = 1

  @OptionGroup var preprocessing: PreprocessOption

  /// Why options about images are refused beside `--tensor`.
  static let prepared = "with --tensor, whose inputs are prepared already"

  func validate() throws {
    if images.isEmpty == (tensor == nil) {
      throw ValidationError("expected either images or --tensor")
    }
    try refuse("--preprocess", when: tensor != nil, Self.prepared)
    try refuse("-0", when: !images.contains("-"), "without a list on standard input, whose name is -")
    try check(batchSize, in: Limits.batch, option: "--batch-size")
  }

  /// What ends a path in a list on standard input.
  var separator: ImageList.Separator { nul ? .nul : .newline }

  /// The images in order.
  var list: ImageList { ImageList(images, separator: separator) }

  /// Progress through the images.
  var progress: ImageProgress {
    ImageProgress(total: ProgressLine.isPossible ? ImageList.count(images) : nil)
  }

  /// The network of a request with its weights, at the size of `inputs` where it has none of its own.
  func bound(
    _ request: NetworkRequest, weights: WeightRequest, to inputs: PreparedBatch?
  ) throws -> BoundNetwork {
    try BoundNetwork(
      request, weights: weights, suits: { inputs?.mayFit($0.inputShape) ?? true },
      adapting: { network, _ in
        if let inputs {
          network.image = try inputs.image(for: network, isSizeFixed: request.inputSize != nil)
        }
      })
  }
}
