import TensorCore

/// The values of a tensor over several images: their range, and how they are distributed in it.
package struct ValueRange: Sendable {
  /// The least value, or 0.
  private(set) var low: Float = 0
  /// The largest value, or 0.
  private(set) var high: Float = 0
  /// How many values there are in each of equal parts of the range.
  private var counts: [Int] = []

  private static let bins = 2048

  /// Widens the range to hold some values; `false` if one of them is not finite.
  mutating func extend(_ values: [Float]) -> Bool {
    for value in values {
      guard value.isFinite else { return false }
      low = min(low, value)
      high = max(high, value)
    }
    return (high - low).isFinite
  }

  /// Counts values in the range.
  mutating func count(_ values: [Float]) {
    if counts.isEmpty { counts = [Int](repeating: 0, count: Self.bins) }
    let perUnit = Float(Self.bins) / max(high - low, .leastNormalMagnitude)
    for value in values {
      counts[min(max(Int(((value - low) * perUnit).rounded(.down)), 0), Self.bins - 1)] += 1
    }
  }

  /// The values of two tensors that get one quantization.
  func union(_ other: ValueRange) -> ValueRange {
    var range = ValueRange()
    range.low = min(low, other.low)
    range.high = max(high, other.high)
    range.counts = [Int](repeating: 0, count: Self.bins)
    let perUnit = Float(Self.bins) / max(range.high - range.low, .leastNormalMagnitude)
    for part in [self, other] {
      for (value, count) in part.centers {
        range.counts[min(max(Int((value - range.low) * perUnit), 0), Self.bins - 1)] += count
      }
    }
    return range
  }

  /// The middle of each part that holds values, and how many.
  private var centers: [(value: Float, count: Int)] {
    let width = (high - low) / Float(Self.bins)
    return counts.enumerated().filter { $0.element > 0 }.map {
      (low + (Float($0.offset) + 0.5) * width, $0.element)
    }
  }

  // MARK: Quantizations

  /// The quantization that a method chooses.
  package func quantization(_ method: CalibrationMethod) -> Quantization {
    switch method {
    case .range: Quantization(covering: low...high)
    case .percentile: Quantization(covering: percentiles)
    case .leastError: leastError
    }
  }

  /// The range without the outermost ten-thousandth of the values at either end.
  private var percentiles: ClosedRange<Float> {
    let centers = centers
    let cut = centers.reduce(0) { $0 + $1.count } / 10_000
    func bound(_ ordered: some Sequence<(value: Float, count: Int)>) -> Float {
      var seen = 0
      for (value, count) in ordered {
        seen += count
        if seen > cut { return value }
      }
      return 0
    }
    return min(bound(centers), 0)...max(bound(centers.reversed()), 0)
  }

  /// The part of the range, about 0, that leaves the least squared error: a smaller one has finer steps, but cuts off more.
  private var leastError: Quantization {
    let centers = centers
    var best = (quantization: Quantization(covering: low...high), error: Double.infinity)
    for percent in stride(from: 100, through: 20, by: -2) {
      let share = Float(percent) / 100
      let quantization = Quantization(covering: low * share...high * share)
      let (least, most) = (quantization.real(0), quantization.real(255))
      let rounding = Double(quantization.scale) * Double(quantization.scale) / 12
      let error = centers.reduce(0.0) { sum, part in
        let cut = Double(max(least - part.value, part.value - most, 0))
        return sum + Double(part.count) * (cut > 0 ? cut * cut : rounding)
      }
      if error < best.error { best = (quantization, error) }
    }
    return best.quantization
  }
}

/// How the range that bytes cover is chosen from the values that were seen.
package enum CalibrationMethod: String, Sendable, CaseIterable {
  /// All of them.
  case range
  /// All but the outermost ten-thousandth at either end.
  case percentile
  /// The part that leaves the least squared error.
  case leastError = "least_error"
}
