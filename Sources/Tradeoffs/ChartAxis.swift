import Glibc

/// An axis of a chart: from numbers to places.
struct ChartAxis {
  /// What it says: `multiply-accumulates`.
  let title: String
  /// Whether equal factors are equal distances.
  let isLogarithmic: Bool
  /// The numbers at its ends.
  let range: ClosedRange<Double>

  /// An axis over all `values`, with some room at both ends.
  init(_ title: String, _ values: [Double], isLogarithmic: Bool) {
    self.title = title
    self.isLogarithmic = isLogarithmic
    let (low, high) = (values.min() ?? 1, values.max() ?? 1)
    if isLogarithmic {
      let margin = max(pow(high / low, 0.06), 1.1)
      range = low / margin...high * margin
    } else {
      let margin = max((high - low) * 0.06, max(abs(high), 1) * 1e-3)
      range = low - margin...high + margin
    }
  }

  /// The place of a number, from 0 to 1.
  func place(_ value: Double) -> Double {
    isLogarithmic
      ? log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
      : (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// Round numbers on it.
  var ticks: [Double] {
    if isLogarithmic {
      let powers = Int(floor(log10(range.lowerBound)))...Int(ceil(log10(range.upperBound)))
      let decades = log10(range.upperBound / range.lowerBound)
      let factors: [Double] = decades > 3 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8]
      return powers.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }.filter(range.contains)
    }
    let width = range.upperBound - range.lowerBound
    let power = pow(10, floor(log10(width / 5)))
    let step = power * ([1, 2, 5, 10].first { width / ($0 * power) <= 7 } ?? 10)
    let first = Int((range.lowerBound / step).rounded(.up))
    return (first...max(first, Int((range.upperBound / step).rounded(.down)))).map { Double($0) * step }
  }

  /// A number as it stands beside a tick: `2 G`, `0.5`, `75`.
  static func label(_ value: Double) -> String {
    for (prefix, factor) in [("G", 1e9), ("M", 1e6), ("k", 1e3)] where value >= factor {
      return plain(value / factor) + " " + prefix
    }
    return plain(value)
  }

  private static func plain(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
