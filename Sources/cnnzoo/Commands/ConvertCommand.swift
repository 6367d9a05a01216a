import ArgumentParser
import Weights

/// `cnnzoo convert`: the weights of any file as safetensors.
struct ConvertCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write the weights of any file as safetensors, in float32 or float16.",
    discussion: """
      Names, order and what the file says about itself stay; batch norm's counters are left out. The output is \
      replaced whole or not at all.
      """)

  /// Type of the elements.
  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32
    case f16
  }

  @Argument(help: "Weight file: safetensors, PyTorch .pth, NumPy .npz or .npy.")
  var file: String

  @Option(help: .init("File to write.", valueName: "file.safetensors"))
  var output: String

  @Option(help: .init("Type of the elements: f32, or f16, rounded to nearest.", valueName: "type"))
  var type: Precision = .f32

  func validate() throws {
    if !output.hasSuffix(".safetensors") {
      throw ValidationError("--output takes a name ending in .safetensors")
    }
  }

  func run() throws {
    try SafetensorsWriter.convert(
      .open(path: file), to: output, precision: type == .f16 ? .float16 : .float32)
  }
}
