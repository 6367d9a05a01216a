import Files
import Graphics
import Inputs
import TensorCore
import Text
import Training
import TrainingSession

/// What `eval` prints.
struct EvaluationReport {
  let model: String
  let data: String
  /// Names of the outputs.
  let classNames: [String]
  let split: String
  let accuracy: MeasuredAccuracy

  private var evaluation: Evaluation { accuracy.evaluation }
  private var names: [String] {
    (0..<evaluation.classes).map { $0 < classNames.count ? classNames[$0] : "\($0)" }
  }

  private func row(_ label: Int) -> ArraySlice<Int> {
    evaluation.confusion[label * evaluation.classes..<(label + 1) * evaluation.classes]
  }

  /// The confusion matrix as a drawing.
  var confusionChart: ConfusionChart {
    let top = Numbers.fixed(evaluation.topOne * 100, digits: 2)
    return ConfusionChart(
      title:
        "\(model) on \(escaped(data)), \(split): \(Numbers.grouped(evaluation.count)) images, top-1 \(top) %",
      counts: evaluation.confusion, names: classNames.map(escaped))
  }

  /// The object of schema `cnnzoo.eval/1`.
  var json: JSONObject {
    let classes = names.enumerated().map { label, name in
      [
        "class": .integer(label), "label": .string(name), "count": .integer(row(label).reduce(0, +)),
        "accuracy": evaluation.accuracy(of: label).map(JSON.number) ?? .null,
      ] as JSON
    }
    var object: JSONObject = [
      "schema": "cnnzoo.eval/1", "model": .string(model), "data": .string(data), "split": .string(split),
      "count": .integer(evaluation.count), "top1": .number(evaluation.topOne),
      "top5": .number(evaluation.topFive),
      "loss": .number(evaluation.loss), "classes": .array(classes),
      "confusion": .array(names.indices.map { .array(row($0).map(JSON.integer)) }),
    ]
    object.append("precision", .string(accuracy.precision.name))
    if let float32 = accuracy.float32 {
      object.append(
        "float32",
        [
          "top1": .number(float32.evaluation.topOne), "top5": .number(float32.evaluation.topFive),
          "loss": .number(float32.evaluation.loss), "agreement": .number(float32.difference.agreement),
          "largest_logit_difference": .number(Double(float32.difference.largest)),
        ])
    }
    return object
  }

  /// A row per class.
  var classTable: Table {
    var table = Table([
      .init("class", key: "class", .right), .init("label", key: "label"),
      .init("images", key: "count", .right),
      .init("accuracy %", key: "accuracy_percent", .right),
      .init("most often confused with", key: "taken_for"),
    ])
    table.rows = names.indices.map { label in
      let counts = Array(row(label))
      let wrong = counts.indices.filter { $0 != label && counts[$0] > 0 }.max { counts[$0] < counts[$1] }
      return [
        .init("\(label)"), .init(names[label]), .count(counts.reduce(0, +)),
        evaluation.accuracy(of: label).map { .fixed(100 * $0, digits: 2) } ?? .empty,
        wrong.map { .init("\(names[$0]) (\(counts[$0]))", raw: names[$0]) } ?? .empty,
      ]
    }
    return table
  }

  /// Rows are true classes, columns predicted ones.
  var confusionTable: Table {
    var table = Table(
      [.init("", key: "label")] + names.enumerated().map { .init("\($0.offset)", key: $0.element, .right) })
    table.rows = names.indices.map { label in
      [.init("\(label) \(names[label])", raw: names[label])] + row(label).map { .init("\($0)") }
    }
    return table
  }

  /// For people; with the confusion matrix if it fits on a screen.
  var text: String {
    let style = TextStyle.standardOutput
    func percent(_ share: Double) -> String { Numbers.fixed(100 * share, digits: 2) + " %" }
    var text =
      style.heading(model) + "  \(data), \(Numbers.grouped(evaluation.count)) \(split) images\n"
    text += "top-1 \(percent(evaluation.topOne))  top-5 \(percent(evaluation.topFive))  "
    text += "loss \(Numbers.fixed(evaluation.loss, digits: 4))\n"
    if let float32 = accuracy.float32 {
      text += "in float32: top-1 \(percent(float32.evaluation.topOne))  "
      text += "top-5 \(percent(float32.evaluation.topFive))  "
      text += "loss \(Numbers.fixed(float32.evaluation.loss, digits: 4)); "
      text += "same class for \(percent(float32.difference.agreement)) of the images, "
      text +=
        "logits differ by at most \(Numbers.fixed(Double(float32.difference.largest), digits: 4))\n"
    }
    text += "\n" + classTable.aligned(style: style)
    if evaluation.classes <= 20 {
      text += "\nconfusion matrix: true classes in rows, predicted classes in columns\n"
      text += confusionTable.aligned(style: style)
    }
    return text
  }
}
