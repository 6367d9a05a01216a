import ArgumentParser
import Session
import Weights
import Zoo

/// `cnnzoo convert`: converts weight files to safetensors.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Convert a weight file to safetensors, in float32 or float16.",
    discussion: """
      Names, order and metadata are kept, and so are integers and booleans. The output file is replaced as a whole \
      or not at all.
      """)

  /// Element types.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32
    case f16
  }

  @Argument(help: "Weight file: safetensors, PyTorch .pth, NumPy .npz or .npy.")
  var file: String

  @Option(help: .init("File to write.", valueName: "file.safetensors"))
  var output: String

  @Option(help: .init("Type of floating-point tensors; f16 rounds to nearest.", valueName: "type"))
  var type: Precision = .f32

  @OptionGroup var key: WeightsKeyOption

  func validate() throws {
    try check(output, endsIn: ".safetensors", option: "--output")
  }

  func run() throws {
    let checkpoint = try Checkpoint.open(path: file, key: key.weightsKey)
    // A converted file keeps what its name or its bytes say about preprocessing.
    let published = try PublishedWeights.name(of: checkpoint).map { (PublishedWeights.metadataKey, $0) }
    try SafetensorsWriter.convert(
      checkpoint, to: output, precision: type == .f16 ? .float16 : .float32,
      adding: published.map { [$0] } ?? [])
  }
}
