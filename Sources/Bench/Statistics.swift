/// What a list of durations says.
package struct Statistics: Hashable, Sendable {
  /// The durations in ascending order, in whatever unit they were given.
  package let sorted: [Double]

  /// Statistics of at least one duration.
  package init(_ samples: [Double]) { sorted = samples.sorted() }

  /// The smallest.
  package var minimum: Double { sorted.first ?? .nan }

  /// The largest.
  package var maximum: Double { sorted.last ?? .nan }

  /// The middle one, or the mean of the two in the middle.
  package var median: Double {
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The smallest value that at least `percent` of all values do not exceed.
  package func percentile(_ percent: Double) -> Double {
    guard !sorted.isEmpty else { return .nan }
    let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
    return sorted[max(Int(rank) - 1, 0)]
  }

  /// Half the width of the middle half, as a share of the median: how far a typical run is off.
  package var spread: Double { (percentile(75) - percentile(25)) / 2 / median }

  /// Values beyond the upper quartile by more than 1.5 times the interquartile range.
  package var outliers: Int {
    let limit = percentile(75) + 1.5 * (percentile(75) - percentile(25))
    return sorted.count { $0 > limit }
  }

  /// A warning for the reader if the machine was not quiet.
  package var warning: String? {
    if spread > 0.05 {
      let percent = (spread * 1000).rounded() / 10
      return "typical runs differ from the median by \(percent) %: close other programs, or let it run longer"
    }
    if sorted.count >= 10 && outliers * 10 > sorted.count {
      return
        "\(outliers) of \(sorted.count) runs are outliers: something else ran at times; trust the minimum"
    }
    return nil
  }
}
