import Recipes

extension TrainingSettings {
  /// Every setting as a line of `config.json`: key and JSON value.
  package var lines: [(key: String, value: String)] {
    let rate = learningRate
    return [
      ("epochs", "\(epochs)"), ("batch_size", "\(batch)"), ("optimizer", quoted("\(optimizer)")),
      ("learning_rate", "\(rate.base)"), ("schedule", quoted("\(rate.schedule)")),
      ("warmup_epochs", "\(rate.warmupEpochs)"), ("weight_decay", "\(weightDecay)"),
      ("decay_vectors", "\(decaysVectors)"), ("loss", quoted("\(loss)")),
      ("gradient_limit", gradientLimit.map { "\($0)" } ?? "null"),
      ("average_decay", averageDecay.map { "\($0)" } ?? "null"),
      ("augmentation", quoted("\(augmentation)")), ("initialization", quoted(initialization.name)),
      ("seed", "\(seed)"),
    ]
  }
}

/// A text as JSON.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\u{0}"..<"\u{20}":
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
