import Text

/// A rule that ends a training run whose test results no longer improve.
package struct EarlyStopping: Hashable, Sendable {
  /// What is to improve.
  package enum Metric: String, Hashable, Sendable, CaseIterable {
    /// The share of test images that are classified correctly.
    case accuracy
    /// The mean loss on the test images.
    case loss

    fileprivate func value(of test: Evaluation) -> Double {
      switch self {
      case .accuracy: test.topOne
      case .loss: test.loss
      }
    }
  }

  /// Epochs without an improvement after which the training run ends.
  package var patience: Int
  /// What is to improve.
  package var metric: Metric
  /// By how much more than the best value so far counts as an improvement.
  package var leastImprovement: Double

  /// A rule from its parts.
  package init(patience: Int, metric: Metric = .accuracy, leastImprovement: Double = 0) {
    self.patience = patience
    self.metric = metric
    self.leastImprovement = leastImprovement
  }

  /// The best value so far, and the epoch that had it, counted from 1.
  struct Best: Equatable {
    var metric: Metric
    var value: Double
    var epoch: Int
  }

  /// The best value after an epoch with the result `test`.
  func best(_ before: Best?, after epoch: Int, _ test: Evaluation) -> Best {
    let value = metric.value(of: test)
    // The best value of another metric says nothing.
    if let before, before.metric == metric {
      let gain = metric == .loss ? before.value - value : value - before.value
      guard gain > leastImprovement else { return before }
    }
    return Best(metric: metric, value: value, epoch: epoch)
  }

  /// Whether the training run ends after `epoch`.
  func ends(after epoch: Int, best: Best?) -> Bool {
    guard let best, best.metric == metric else { return false }
    return epoch - best.epoch >= patience
  }
}

/// The end of a training run before its last epoch.
package struct EarlyStop: Hashable, Sendable {
  /// The rule that ended it.
  package let rule: EarlyStopping
  /// Its last epoch, counted from 1.
  package let epoch: Int
  /// The epoch of the best value.
  package let bestEpoch: Int
  /// The best value.
  package let bestValue: Double
  /// The epoch whose weights are in `best.safetensors`: the one of the highest accuracy.
  package let savedEpoch: Int
}

extension EarlyStopping {
  /// The rule as `config.json` has it.
  package var json: JSON {
    [
      "patience": .integer(patience), "metric": .string(metric.rawValue),
      "min_delta": .number(leastImprovement),
    ]
  }

  /// The rule that `config.json` has; `nil` for anything else.
  package init?(json: JSON) {
    guard let object = json.object, let patience = object["patience"]?.integer, patience > 0,
      let metric = object["metric"]?.string.flatMap(Metric.init), let least = object["min_delta"]?.number,
      least >= 0
    else { return nil }
    self.init(patience: patience, metric: metric, leastImprovement: least)
  }
}
