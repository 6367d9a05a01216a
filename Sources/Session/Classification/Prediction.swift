import Glibc

/// A class that a network finds in an input.
package struct Prediction: Hashable, Sendable {
  /// The output that stands for the class, counted from 0.
  package let classIndex: Int
  /// Name of the class; `nil` if it is not known.
  package let label: String?
  /// Softmax over all classes.
  package let probability: Float
}

extension Prediction {
  /// The `count` most probable classes for the finite logits of one input, best first; of equals the lower index first.
  ///
  /// The sum of the softmax is taken in float64.
  package static func top(_ count: Int, of logits: [Float], labels: LabelList) -> [Prediction] {
    let largest = logits.max() ?? 0
    let sum = logits.reduce(0.0) { $0 + exp(Double($1 - largest)) }
    return logits.indices.sorted { (-logits[$0], $0) < (-logits[$1], $1) }.prefix(count).map { index in
      Prediction(
        classIndex: index, label: labels[index],
        probability: Float(exp(Double(logits[index] - largest)) / sum))
    }
  }
}
