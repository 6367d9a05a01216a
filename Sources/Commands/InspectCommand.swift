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
    discussion: """
      Reads only headers, with --verify every byte, and executes nothing in the file. With --verify, damage ends the \
      command with status 65, and values that are not finite are counted. Tensors that cannot be loaded, such as \
      quantized ones, are listed and marked.
      """)

  @Argument(help: "Weight file: safetensors, PyTorch .pth, NumPy .npz or .npy.")
  var file: String

  @Flag(help: "Read everything: compare checksums, count values that are not finite, show range and mean.")
  var verify = false

  @OptionGroup var key: WeightsKeyOption
  @OptionGroup var output: FormatOption

  func run() throws {
    let checkpoint = try Checkpoint.open(path: file, key: key.weightsKey)
    let description = try WeightDescription(checkpoint)
    let statistics = verify ? try checkpoint.tensors.map(checkpoint.statistics) : nil
    if verify { try checkpoint.verifyArchive() }
    switch output.format {
    case .json: try emit(json(checkpoint, description, statistics).line)
    case .csv: try emit(table(checkpoint, statistics).csv)
    case .markdown: try emit(table(checkpoint, statistics).markdown)
    case .text: try emit(text(checkpoint, description, statistics))
    }
  }

  private func json(
    _ checkpoint: Checkpoint, _ description: WeightDescription?, _ statistics: [TensorStatistics]?
  ) -> JSONObject {
    var tensors = checkpoint.tensors.enumerated().map { index, tensor -> JSON in
      var object: JSONObject = [
        "name": .string(tensor.name), "shape": .shape(tensor.shape),
        "type": .string(tensor.elementType.rawValue), "bytes": .integer(tensor.byteCount),
      ]
      if let statistics { object.append("verify", .object(statistics[index].json)) }
      return .object(object)
    }
    tensors += checkpoint.unreadable.map { tensor in
      [
        "name": .string(tensor.name), "shape": .shape(tensor.shape), "type": .string("\(tensor.kind)"),
        "bytes": .null, "loadable": .bool(false),
      ]
    }
    let fits: [JSON] = Registry.current.fits(of: checkpoint, description).map {
      [
        "model": .string($0.model), "exact": .bool($0.isExact), "matching": .integer($0.matching),
        "missing": .integer($0.missing), "unexpected": .integer($0.unexpected),
        "misshapen": .integer($0.misshapen), "key": .string($0.key),
      ]
    }
    var metadata: JSONObject = [:]
    for (key, value) in checkpoint.metadata { metadata.append(key, .string(value)) }
    return [
      "schema": "cnnzoo.inspect/1", "path": .string(checkpoint.path),
      "format": .string(checkpoint.format.rawValue), "file_bytes": .integer(checkpoint.size),
      "values": .integer(values(checkpoint)), "fits": .array(fits), "tensors": .array(tensors),
      "metadata": .object(metadata), "key": .string(checkpoint.mainKey),
      "other_keys": .array(checkpoint.otherKeys.map(JSON.string)),
    ]
  }

  private func table(_ checkpoint: Checkpoint, _ statistics: [TensorStatistics]?) -> Table {
    var columns: [Table.Column] = [
      .init("tensor", key: "name"), .init("shape", key: "shape"), .init("type", key: "type"),
      .init("size", key: "bytes", .right),
    ]
    if statistics != nil { columns += TensorStatistics.columns }
    var table = Table(columns)
    table.rows = checkpoint.tensors.enumerated().map { index, tensor in
      [
        .init(escaped(tensor.name), raw: tensor.name), .shape(tensor.shape),
        .init(tensor.elementType.rawValue), .bytes(tensor.byteCount),
      ] + (statistics?[index].cells ?? [])
    }
    table.rows += checkpoint.unreadable.map { tensor in
      [
        .init(escaped(tensor.name), raw: tensor.name), .shape(tensor.shape),
        .init("\(tensor.kind): cannot be loaded", raw: "\(tensor.kind)"), .empty,
      ] + (statistics == nil ? [] : TensorStatistics.columns.map { _ in .empty })
    }
    return table
  }

  private func text(
    _ checkpoint: Checkpoint, _ description: WeightDescription?, _ statistics: [TensorStatistics]?
  ) -> String {
    var text = table(checkpoint, statistics).aligned(style: .standardOutput) + "\n"
    text += "format   \(checkpoint.format.rawValue), \(Numbers.bytes(checkpoint.size))\n"
    text += "tensors  \(checkpoint.tensors.count), \(Numbers.grouped(values(checkpoint))) values"
    let foreign = checkpoint.unreadable.count
    text += foreign == 0 ? "" : ", and \(foreign) that cannot be loaded"
    text += checkpoint.mainKey == "." ? "\n" : ", under '\(Label(checkpoint.mainKey))'\n"
    let others = checkpoint.otherKeys
    if !others.isEmpty {
      text += "others   under \(others.map { "'\(Label($0))'" }.joined(separator: ", ")): see --weights-key\n"
    }
    if let statistics {
      let bad = zip(checkpoint.tensors, statistics).filter { !$1.isFinite }
        .map { tensor, _ in "\(Label(tensor.name))" }
      text += foreign == 0 ? "verified every byte read, " : "verified every byte of the others read, "
      text += bad.isEmpty ? "all values finite\n" : "values not finite in \(bad.joined(separator: ", "))\n"
    }
    if let description { text += "origin   \(origin(description))\n" }
    let fits = Registry.current.fits(of: checkpoint, description)
    let exact = fits.filter(\.isExact)
    if !exact.isEmpty {
      // Where the tensors stand is said if that is not plain.
      let names = exact.map { $0.key == checkpoint.mainKey ? $0.model : "\($0.model) ('\(Label($0.key))')" }
      return text + "fits     \(names.joined(separator: ", "))\n"
    }
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

extension TensorStatistics {
  fileprivate static let columns: [Table.Column] = [
    .init("NaN", key: "nan", .right), .init("infinite", key: "infinite", .right),
    .init("min", key: "min", .right), .init("max", key: "max", .right), .init("mean", key: "mean", .right),
  ]

  fileprivate var cells: [Table.Cell] {
    [.count(notNumbers), .count(infinities)]
      + [minimum, maximum, mean].map { value in
        value.map { .init("\(Float($0))", raw: "\($0)") } ?? .empty
      }
  }

  fileprivate var json: JSONObject {
    func number(_ value: Double?) -> JSON { value.map(JSON.number) ?? .null }
    return [
      "nan": .integer(notNumbers), "infinite": .integer(infinities), "min": number(minimum),
      "max": number(maximum), "mean": number(mean),
    ]
  }
}
