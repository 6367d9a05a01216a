import Glibc
import Recipes

/// The target of a sample: one class, or two in proportion where images were mixed.
package struct Target: Hashable, Sendable {
  /// The class of the sample.
  package var label: Int
  /// The class of the image mixed into it.
  package var other: Int
  /// Share of ``label``; 1 where nothing was mixed.
  package var share: Float

  /// A target of one class.
  package init(_ label: Int) { self.init(label, other: label, share: 1) }

  /// A target of two classes.
  package init(_ label: Int, other: Int, share: Float) {
    self.label = label
    self.other = other
    self.share = share
  }
}

extension Loss {
  /// Computes the losses of a batch, and the gradient of `scale` times their mean.
  ///
  /// - Parameters:
  ///   - logits: `[N, classes]`.
  ///   - targets: N targets, with labels below `classes`.
  ///   - classes: Width of a row.
  ///   - scale: 1, or the weight of an auxiliary head.
  ///   - batch: The number of losses in the mean; `nil` for N. Other processes may have others of the same batch.
  ///   - gradient: Where d(scale · mean loss)/d(logits) is written, `[N, classes]`.
  /// - Returns: The sum of the losses, not scaled.
  package func evaluate(
    _ logits: UnsafePointer<Float>, targets: [Target], classes: Int, scale: Float = 1,
    batch: Int? = nil, gradient: UnsafeMutablePointer<Float>
  ) -> Double {
    let factor = scale / Float(batch ?? targets.count)
    var sum = 0.0
    for (index, target) in targets.enumerated() {
      let row = UnsafeBufferPointer(start: logits + index * classes, count: classes)
      let slope = UnsafeMutableBufferPointer(start: gradient + index * classes, count: classes)
      switch self {
      case .crossEntropy(let smoothing):
        sum += Self.crossEntropy(row, target, smoothing: smoothing, factor: factor, into: slope)
      case .radialBasis(let competition):
        sum += Self.radialBasis(row, target, competition: competition, factor: factor, into: slope)
      }
    }
    return sum
  }

  /// The loss of one row without its gradient, for evaluation: never smoothed.
  package func value(_ row: UnsafeBufferPointer<Float>, label: Int) -> Double {
    switch self {
    case .crossEntropy: Double(Self.logSumExp(row, floor: nil) - row[label])
    case .radialBasis(let competition): Double(Self.logSumExp(row, floor: -competition) - row[label])
    }
  }

  private static func crossEntropy(
    _ row: UnsafeBufferPointer<Float>, _ target: Target, smoothing: Float, factor: Float,
    into slope: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let total = logSumExp(row, floor: nil)
    let even = smoothing / Float(row.count)
    var sumOfLogits: Float = 0
    for k in row.indices {
      sumOfLogits += row[k]
      slope[k] = (expf(row[k] - total) - even) * factor
    }
    let kept = 1 - smoothing
    slope[target.label] -= kept * target.share * factor
    slope[target.other] -= kept * (1 - target.share) * factor
    let aimed = target.share * row[target.label] + (1 - target.share) * row[target.other]
    return Double(total - kept * aimed - even * sumOfLogits)
  }

  private static func radialBasis(
    _ row: UnsafeBufferPointer<Float>, _ target: Target, competition: Float, factor: Float,
    into slope: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let total = logSumExp(row, floor: -competition)
    for k in row.indices { slope[k] = expf(row[k] - total) * factor }
    slope[target.label] -= target.share * factor
    slope[target.other] -= (1 - target.share) * factor
    return Double(total - target.share * row[target.label] - (1 - target.share) * row[target.other])
  }

  /// log Σ e^x over the row, with `floor` as one more term.
  private static func logSumExp(_ row: UnsafeBufferPointer<Float>, floor: Float?) -> Float {
    var highest = floor ?? -.infinity
    for value in row { highest = max(highest, value) }
    var sum: Float = floor.map { expf($0 - highest) } ?? 0
    for value in row { sum += expf(value - highest) }
    return highest + logf(sum)
  }
}
