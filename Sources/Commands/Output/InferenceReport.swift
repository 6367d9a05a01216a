import Files
import Inputs
import Session
import Text

/// The result for one input.
enum InferenceOutcome {
  /// Predictions, and how the image was prepared; `nil` for an item of a tensor.
  case classified([Prediction], PreparedImage?)
  /// A message on one line.
  case failed(String)
}

/// One input and its result.
struct InferenceRecord {
  /// Path as given.
  let path: String
  /// Index in the tensor file; `nil` for an image.
  let index: Int?
  let outcome: InferenceOutcome
}

/// The values of `infer --format`.
enum InferenceFormat: String, CaseIterable {
  case text
  case json
  case csv
}

/// Formats records.
struct InferenceReport {
  let model: String
  let format: InferenceFormat
  let style: TextStyle
  /// Columns for bars beside the labels; `nil` for none.
  var columns: Int?

  /// The text before the first record.
  var header: String {
    format == .csv ? "path,index,status,width,height,rank,class,label,probability,error\n" : ""
  }

  /// The text of one record.
  func text(of record: InferenceRecord) -> String {
    switch format {
    case .json: json(record).line
    case .csv: csv(record)
    case .text: text(record)
    }
  }

  private func json(_ record: InferenceRecord) -> JSONObject {
    var object: JSONObject = [
      "schema": "cnnzoo.infer/1", "model": .string(model), "path": .string(record.path),
    ]
    if let index = record.index { object.append("index", .integer(index)) }
    switch record.outcome {
    case .failed(let error):
      object.append("status", "error")
      object.append("error", .string(error))
    case .classified(let predictions, let image):
      object.append("status", "ok")
      if let size = image?.size {
        object.append("width", .integer(size.width))
        object.append("height", .integer(size.height))
      }
      let top: [JSON] = predictions.map {
        [
          "class": .integer($0.classIndex), "label": $0.label.map(JSON.string) ?? .null,
          "probability": .float($0.probability),
        ]
      }
      object.append("top", .array(top))
      if let isInverted = image?.isInverted { object.append("inverted", .bool(isInverted)) }
    }
    return object
  }

  /// A row per prediction; one row for a failure.
  private func csv(_ record: InferenceRecord) -> String {
    let place = record.index.map(String.init) ?? ""
    switch record.outcome {
    case .failed(let error):
      return Table.csvLine([record.path, place, "error", "", "", "", "", "", "", error])
    case .classified(let predictions, let image):
      let extents = [image?.size.width, image?.size.height].map { $0.map(String.init) ?? "" }
      return predictions.enumerated().map { rank, prediction in
        Table.csvLine(
          [record.path, place, "ok"] + extents + [
            String(rank + 1), String(prediction.classIndex), prediction.label ?? "",
            "\(prediction.probability)", "",
          ])
      }.joined()
    }
  }

  private func text(_ record: InferenceRecord) -> String {
    // Failures are reported on standard error.
    guard case .classified(let predictions, let image) = record.outcome else { return "" }
    var heading = escaped(record.path)
    if let index = record.index { heading += "[\(index)]" }
    var text = style.heading(heading)
    if let image {
      text += "  \(image.size.width)×\(image.size.height)"
      if let isInverted = image.isInverted {
        text += "  converted to \(isInverted ? "light on black" : "28×28"), like Fashion-MNIST"
      }
    }
    text += "\n"
    // Labels come from files.
    let labels = predictions.map { $0.label.map(escaped) ?? "class \($0.classIndex)" }
    // "  82.97 %", the bar and the label, two blanks apart; in the last column, some terminals begin the next line.
    let barColumns = columns.map { $0 - 14 - (labels.map(\.count).max() ?? 0) } ?? 0
    for (prediction, label) in zip(predictions, labels) {
      let percent = Numbers.fixed(Double(prediction.probability) * 100, digits: 2)
      let blanks = String(repeating: " ", count: max(0, 7 - percent.count))
      let bar = ProgressBar.share(prediction.probability, columns: barColumns)
      text += "\(blanks)\(percent) %  \(bar)\(bar.isEmpty ? "" : "  ")\(label)\n"
    }
    return text
  }
}
