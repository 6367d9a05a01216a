import Glibc

/// One class that a network sees.
struct Prediction {
  let classIndex: Int
  let label: String?
  let probability: Float
}

extension Prediction {
  /// The `count` most probable classes of one row of logits, best first; of equals the lower class first.
  ///
  /// Probabilities are the softmax over all classes, summed in double.
  static func top(_ count: Int, of logits: [Float], labels: LabelList) -> [Prediction] {
    let largest = logits.filter { !$0.isNaN }.max() ?? 0
    let sum = logits.reduce(0.0) { $0 + exp(Double($1 - largest)) }
    return logits.indices.sorted { precedes($0, $1, in: logits) }.prefix(count).map { index in
      Prediction(
        classIndex: index, label: labels[index],
        probability: Float(exp(Double(logits[index] - largest)) / sum))
    }
  }

  private static func precedes(_ a: Int, _ b: Int, in logits: [Float]) -> Bool {
    let (left, right) = (logits[a], logits[b])
    if left.isNaN || right.isNaN { return left.isNaN == right.isNaN ? a < b : right.isNaN }
    return left == right ? a < b : left > right
  }
}
