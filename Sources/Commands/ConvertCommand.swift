import ArgumentParser
import Session
import Weights
import Zoo

/// `cnnzoo convert`: converts weight files to safetensors.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a weight file to safetensors, in float32, float16 or bfloat16.",
    discussion: """
      Names, order and metadata are kept, and so are integers and booleans. The output file is replaced as a whole \
      or not at all. For int8, see 'cnnzoo help quantize': it takes images.
      """)

  /// Element types.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32
    case f16
    case bf16

    fileprivate var written: SafetensorsWriter.Precision {
      switch self {
      case .f32: .float32
      case .f16: .float16
      case .bf16: .bfloat16
      }
    }
  }

  @Argument(help: "Weight file: safetensors, PyTorch .pth, NumPy .npz or .npy.")
  var file: String

  @Option(help: .init("File to write.", valueName: "file.safetensors"))
  var output: String

  @Option(help: .init("Type of floating-point tensors; f16 and bf16 round to nearest.", valueName: "type"))
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
      checkpoint, to: output, precision: type.written,
      adding: published.map { [$0] } ?? [])
  }
}
