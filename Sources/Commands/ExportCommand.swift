import ArgumentParser
import Export
import Files
import GraphIR
import Session
import TensorCore
import Weights

/// `cnnzoo export`: writes a network, or its weights, for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a network with its weights as ONNX, or its weights alone.",
    discussion: """
      An ONNX file holds the network as inference runs it, for any batch size, with its preprocessing as metadata. Int8 weights \
      of 'quantize' become pairs of QuantizeLinear and DequantizeLinear; bfloat16 weights stay bfloat16. safetensors files and \
      NumPy archives hold the tensors under their published names. The output file is replaced as a whole or not at all.
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
    if !output.hasSuffix(".onnx") { try bound.check(.float32) }
    try refuse(
      "--fold", when: bound.graph.quantization != nil,
      "on int8 weights, into which norms are folded already")
    for text in bound.notes { note(text) }
    if output.hasSuffix(".onnx") { try writeONNX(bound) } else { try writeTensors(bound) }
  }

  private func writeONNX(_ bound: BoundNetwork) throws {
    let description = try bound.description()
    noteAssumptions(
      about: bound.weights, of: bound.network,
      try description.map { _ in try bound.network.preprocessing(for: bound.weights) }, changes: nil)
    let metadata = Self.distinct((description?.metadata ?? [("model", model)]) + bound.weightMetadata)
    let file: ONNXFile
    if bound.graph.quantization != nil {
      let graph = try ONNXGraph(inBytes: bound.graph, name: model, parameters: bound.parameters)
      file = ONNXFile(graph, version: Version.current, metadata: metadata)
    } else {
      let binding = bound.parameters as? CheckpointBinding
      file = ONNXFile(
        bound.graph, name: model, foldsNorms: fold, version: Version.current, metadata: metadata,
        isBFloat16: { binding?.elementType(of: $0) == .bfloat16 })
    }
    try file.write(to: output, parameters: bound.parameters)
  }

  private func writeTensors(_ bound: BoundNetwork) throws {
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
