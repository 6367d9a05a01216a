import Engine
import Session
import Text

/// What `quantize` prints.
struct QuantizationReport {
  let model: String
  let data: String
  let split: String
  let result: QuantizedNetwork

  /// The object of schema `cnnzoo.quantize/1`.
  var json: JSONObject {
    [
      "schema": "cnnzoo.quantize/1", "model": .string(model), "data": .string(data),
      "split": .string(split),
      "samples": .integer(result.samples), "method": .string(result.method.rawValue),
      "logits_decibels": .decibels(result.logitDecibels), "changed_percent": .number(result.loss),
      "layers": .array(
        result.layers.map { ["name": .string($0.name), "decibels": .decibels($0.decibels)] as JSON }),
      "float32_layers": .array(result.floatLayers.map(JSON.string)),
      "equalized": .array(
        result.equalizedPairs.map { ["value": .string($0.value), "reader": .string($0.reader)] as JSON }),
      "alternative_decibels": result.alternativeDecibels.map(JSON.decibels) ?? .null,
    ]
  }

  /// A row per layer.
  var table: Table {
    var table = Table([.init("layer", key: "name"), .init("signal to noise, dB", key: "decibels", .right)])
    table.rows = result.layers.map { [.init($0.name), .fixed($0.decibels, digits: 1)] }
    return table
  }

  /// For people.
  var text: String {
    let style = TextStyle.standardOutput
    var text =
      style.heading(model) + "  int8, calibrated on \(result.samples) \(split) images of \(data)\n"
    text +=
      "ranges by \(result.method.words); logits at \(Numbers.fixed(result.logitDecibels, digits: 1)) dB, "
    text += "\(Numbers.fixed(result.loss, digits: 2)) % of the images change their class\n"
    if let alternative = result.alternativeDecibels {
      let decibels = Numbers.fixed(alternative, digits: 1)
      text +=
        result.equalizedPairs.isEmpty
        ? "channels as they are; equalized, logits at \(decibels) dB\n"
        : "channels equalized; as they are, logits at \(decibels) dB\n"
    }
    if !result.equalizedPairs.isEmpty {
      text += "equalized: " + result.equalizedPairs.map(\.value).joined(separator: ", ") + "\n"
    }
    if !result.floatLayers.isEmpty {
      text += "in float32: " + result.floatLayers.joined(separator: ", ") + "\n"
    }
    return text + "\n" + table.aligned(style: style)
  }
}

extension CalibrationMethod {
  fileprivate var words: String {
    switch self {
    case .range: "all values"
    case .percentile: "percentiles"
    case .leastError: "least squared error"
    }
  }
}

extension JSON {
  /// `null` for a signal without noise.
  fileprivate static func decibels(_ value: Double) -> JSON { value.isFinite ? .number(value) : .null }
}
