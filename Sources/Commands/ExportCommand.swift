import ArgumentParser
import Export
import Files
import GraphIR
import Session
import TensorCore
import Weights

/// `cnnzoo export`: writes a network for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a network with its weights as ONNX, or its weights alone.",
    discussion: """
      ONNX has the network as inference runs it, of any batch size, and its preprocessing as metadata; int8 weights of 'quantize' \
      become pairs of QuantizeLinear and DequantizeLinear, and weights in bfloat16 stay so. safetensors and NumPy archives have the tensors under their published names. The output file is replaced as a whole or not at all.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Option(help: .init("File to write: .onnx, .safetensors or .npz.", valueName: "file"))
  var output: String

  @OptionGroup var weights: WeightOptions
  @OptionGroup var network: NetworkOptions

  @Flag(help: "Fold batch norms and scales into the convolutions before them.")
  var fold = false

  func validate() throws {
    try check(output, endsIn: ".onnx", ".safetensors", ".npz", option: "--output")
    try refuse("--fold", when: !output.hasSuffix(".onnx"), "on a file of weights alone")
  }

  func run() throws {
    try AtomicFile.check(output)
    let bound = try BoundNetwork(network.request(model), weights: weights.request)
    let isInBytes = bound.graph.quantization != nil
    if !output.hasSuffix(".onnx") { try bound.check(.float32) }
    try refuse("--fold", when: isInBytes, "on int8 weights, into which norms are folded already")
    for text in bound.notes { note(text) }
    if output.hasSuffix(".onnx") {
      let description = try bound.description()
      noteAssumptions(
        about: bound.weights, of: bound.network,
        try description.map { _ in try bound.network.preprocessing(for: bound.weights) },
        changes: nil)
      let metadata = (description?.metadata ?? [("model", model)]) + bound.weightMetadata
      let distinct = ExportCommand.distinct(metadata)
      let binding = bound.parameters as? CheckpointBinding
      let file =
        isInBytes
        ? ONNXFile(
          try ONNXGraph(inBytes: bound.graph, name: model, parameters: bound.parameters),
          version: Version.current, metadata: distinct)
        : ONNXFile(
          bound.graph, name: model, foldsNorms: fold, version: Version.current, metadata: distinct,
          isBFloat16: { binding?.elementType(of: $0) == .bfloat16 })
      try file.write(to: output, parameters: bound.parameters)
      return
    }
    let parameters = bound.graph.withoutAuxiliaries().parameters
    if output.hasSuffix(".npz") {
      try NumPyArchiveWriter.write(parameters, from: bound.parameters, to: output)
    } else {
      try SafetensorsWriter.write(
        parameters, from: bound.parameters, to: output, metadata: [("format", "pt")] + bound.weightMetadata)
    }
  }

  /// The entries that say something, the first of each key.
  private static func distinct(_ metadata: [(key: String, value: String)]) -> [(key: String, value: String)] {
    var keys: Set<String> = []
    return metadata.filter { !$0.value.isEmpty && keys.insert($0.key).inserted }
  }
}
