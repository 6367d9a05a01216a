import Glibc
import Text

/// An axis of a chart: from numbers to places.
package struct Axis: Sendable {
  /// What it says: `multiply-accumulates`.
  package let title: String
  /// Whether equal factors are equal distances.
  package let isLogarithmic: Bool
  /// Whether numbers are shares, written in per cent.
  package let isPercentage: Bool
  /// Whether only whole numbers are ticks.
  package let isWhole: Bool
  /// The ticks, where they are not just round numbers.
  private let chosenTicks: [Double]?
  /// The numbers at its ends.
  package let range: ClosedRange<Double>

  /// An axis over all `values`, with `margin` as a share of their range at both ends.
  ///
  /// A logarithmic axis needs values above zero.
  package init(
    _ title: String, _ values: [Double], isLogarithmic: Bool = false, isPercentage: Bool = false,
    isWhole: Bool = false, margin: Double = 0, ticks: [Double]? = nil
  ) {
    chosenTicks = ticks
    self.title = title
    self.isLogarithmic = isLogarithmic
    self.isPercentage = isPercentage
    self.isWhole = isWhole
    let (low, high) = (values.min() ?? 1, values.max() ?? 1)
    if isLogarithmic {
      let factor = low == high ? 1.5 : pow(high / low, margin)
      range = low / factor...high * factor
    } else {
      // Half a unit is nothing beside a large number: the range would be empty.
      let room = low == high ? max(0.5, abs(low) / 1000) : (high - low) * margin
      range = low - room...high + room
    }
  }

  /// The place of a number, from 0 to 1.
  package func place(_ value: Double) -> Double {
    isLogarithmic
      ? log(value / range.lowerBound) / log(range.upperBound / range.lowerBound)
      : (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// Round numbers on it.
  package var ticks: [Double] {
    if let chosenTicks { return chosenTicks.filter(range.contains) }
    if isLogarithmic {
      let powers = Int(floor(log10(range.lowerBound)))...Int(ceil(log10(range.upperBound)))
      let decades = log10(range.upperBound / range.lowerBound)
      if decades > 6 {
        return powers.filter { $0 % 2 == 0 }.map { pow(10, Double($0)) }.filter(range.contains)
      }
      let factors: [Double] = decades > 2.6 ? [1] : decades > 1.2 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 8]
      return powers.flatMap { power in factors.map { $0 * pow(10, Double(power)) } }.filter(range.contains)
    }
    let width = range.upperBound - range.lowerBound
    let power = pow(10, floor(log10(width / 5)))
    let step = max(power * ([1, 2, 5, 10].first { width / ($0 * power) <= 6 } ?? 10), isWhole ? 1 : 0)
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard first <= last, last - first < 100 else { return [] }
    return (0...Int(last - first)).map { (first + Double($0)) * step }
  }

  /// A number as it stands beside a tick: `2 G`, `0.5`, `5000`; `75 %` of a share.
  package func label(_ value: Double) -> String {
    isPercentage ? Self.plain(value * 100) + " %" : Self.short(value)
  }

  /// A number, with a decimal prefix where it has more than four digits: `2 G`, `0.5`, `5000`.
  package static func short(_ value: Double) -> String {
    if abs(value) < 1e4 * (1 - 1e-9) { return plain(value) }
    for (prefix, factor) in [("G", 1e9), ("M", 1e6)] where abs(value) >= factor * (1 - 1e-9) {
      return plain(value / factor) + " " + prefix
    }
    return plain(value / 1e3) + " k"
  }

  /// At most four digits that say something.
  private static func plain(_ value: Double) -> String {
    if value == 0 || !value.isFinite { return "0" }
    let digits = 3 - Int(floor(log10(abs(value))))
    if digits > 7 || digits < -12 { return scientific(value) }
    var text = Numbers.fixed(value, digits: max(0, digits))
    if text.contains(".") {
      while text.last == "0" { text.removeLast() }
      if text.last == "." { text.removeLast() }
    }
    return text
  }

  private static func scientific(_ value: Double) -> String {
    let power = Int(floor(log10(abs(value)) + 1e-9))
    return "\(plain(value / pow(10, Double(power))))e\(power)"
  }
}
