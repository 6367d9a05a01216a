import ArgumentParser
import Files
import Session
import TensorCore
import Text
import Weights
import Zoo

/// `cnnzoo inspect`: lists the contents of a weight file.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "List the tensors of a weight file and the networks it fits.",
    discussion: "Reads only headers, and executes nothing in the file.")

  @Argument(help: "Weight file: safetensors, PyTorch .pth, NumPy .npz or .npy.")
  var file: String

  @OptionGroup var output: FormatOption

  func run() throws {
    let checkpoint = try Checkpoint.open(path: file)
    let description = try WeightDescription(checkpoint)
    switch output.format {
    case .json: try emit(json(checkpoint, description).line)
    case .csv: try emit(table(checkpoint).csv)
    case .markdown: try emit(table(checkpoint).markdown)
    case .text: try emit(text(checkpoint, description))
    }
  }

  private func json(_ checkpoint: Checkpoint, _ description: WeightDescription?) -> JSONObject {
    let tensors: [JSON] = checkpoint.tensors.map {
      [
        "name": .string($0.name), "shape": .shape($0.shape), "type": .string($0.elementType.rawValue),
        "bytes": .integer($0.byteCount),
      ]
    }
    let fits: [JSON] = Registry.standard.fits(of: checkpoint, description).map {
      [
        "model": .string($0.model), "exact": .bool($0.isExact), "matching": .integer($0.matching),
        "missing": .integer($0.missing), "unexpected": .integer($0.unexpected),
        "misshapen": .integer($0.misshapen),
      ]
    }
    var metadata: JSONObject = [:]
    for (key, value) in checkpoint.metadata { metadata.append(key, .string(value)) }
    return [
      "schema": "cnnzoo.inspect/1", "path": .string(checkpoint.path),
      "format": .string(checkpoint.format.rawValue), "file_bytes": .integer(checkpoint.size),
      "values": .integer(values(checkpoint)), "fits": .array(fits), "tensors": .array(tensors),
      "metadata": .object(metadata),
    ]
  }

  private func table(_ checkpoint: Checkpoint) -> Table {
    var table = Table([
      .init("tensor", key: "name"), .init("shape", key: "shape"), .init("type", key: "type"),
      .init("size", key: "bytes", .right),
    ])
    table.rows = checkpoint.tensors.map {
      [
        .init(escaped($0.name), raw: $0.name), .shape($0.shape), .init($0.elementType.rawValue),
        .bytes($0.byteCount),
      ]
    }
    return table
  }

  private func text(_ checkpoint: Checkpoint, _ description: WeightDescription?) -> String {
    var text = table(checkpoint).aligned(style: .standardOutput) + "\n"
    text += "format   \(checkpoint.format.rawValue), \(Numbers.bytes(checkpoint.size))\n"
    text += "tensors  \(checkpoint.tensors.count), \(Numbers.grouped(values(checkpoint))) values\n"
    if let description { text += "origin   \(origin(description))\n" }
    let fits = Registry.standard.fits(of: checkpoint, description)
    let exact = fits.filter(\.isExact)
    if !exact.isEmpty { return text + "fits     \(exact.map(\.model).joined(separator: ", "))\n" }
    if fits.isEmpty { return text + "fits     no network\n" }
    return text + "closest  "
      + fits.prefix(3).map {
        "\($0.model) (\($0.matching) match, \($0.missing) missing, \($0.unexpected) unexpected,"
          + " \($0.misshapen) of another shape)"
      }.joined(separator: "\n         ") + "\n"
  }

  /// The run that wrote the file.
  private func origin(_ description: WeightDescription) -> String {
    let settings = description.settings.map { " --set \($0)" }.joined()
    let data = description.data.isEmpty ? "" : " --data \(description.data)"
    let names = description.classNames.joined(separator: ", ")
    return escaped(
      "cnnzoo train \(description.model)\(settings)\(data): input \(description.inputShape),"
        + " \(description.classes) classes" + (names.isEmpty ? "" : " (\(names))"))
  }

  private func values(_ checkpoint: Checkpoint) -> Int {
    checkpoint.tensors.reduce(0) { $0 + $1.shape.count }
  }
}
