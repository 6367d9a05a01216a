import Zoo

/// What a network may cost, and must achieve.
package struct TradeoffLimits: Hashable, Sendable {
  /// Least top-1 accuracy, in percent.
  package var minimumAccuracy: Double?
  /// Longest time of a batch, in milliseconds.
  package var maximumMilliseconds: Double?
  /// Most memory, in bytes.
  package var maximumMemoryBytes: Int?
  /// Most trainable values.
  package var maximumParameters: Int?
  /// Most multiply-accumulates of an image.
  package var maximumMACs: Int?

  /// No limits.
  package init() {}

  /// Whether a network satisfies all but the limit of time.
  package func mayAdmit(_ candidate: Candidate) -> Bool {
    if let minimumAccuracy, candidate.accuracy?.percent ?? -1 < minimumAccuracy { return false }
    return candidate.memoryBytes <= maximumMemoryBytes ?? .max
      && candidate.parameters <= maximumParameters ?? .max && candidate.macs <= maximumMACs ?? .max
  }

  /// Whether a network satisfies the limit of time; one that was not timed does so only where there is none.
  package func admitsTime(of candidate: Candidate) -> Bool {
    guard let maximumMilliseconds else { return true }
    return candidate.milliseconds ?? .infinity <= maximumMilliseconds
  }
}

extension [Candidate] {
  /// Those that no other one surpasses: with at least the accuracy, at most the time and the memory, and better in one of them.
  ///
  /// The fastest comes first; candidates without an accuracy or a time are left out. Takes n log n steps, and more only as far as
  /// the set itself is large.
  package var paretoSet: [Candidate] {
    let known = filter { $0.accuracy != nil && $0.milliseconds != nil }.sorted { $0.order < $1.order }
    var set: [Candidate] = []
    // In this order, only those in front can surpass a candidate, and each of those is surpassed by nothing or by one that
    // surpasses this one as well.
    for candidate in known where !set.contains(where: { $0.surpasses(candidate) }) { set.append(candidate) }
    return set
  }
}

extension Candidate {
  /// Fast ones first, then accurate ones, then small ones.
  fileprivate var order: (Double, Double, Int, String) {
    (milliseconds ?? .infinity, -(accuracy?.percent ?? 0), memoryBytes, name)
  }

  /// Whether it is at least as good in every respect, and better in one.
  package func surpasses(_ other: Candidate) -> Bool {
    guard let accuracy = accuracy?.percent, let milliseconds, let least = other.accuracy?.percent,
      let most = other.milliseconds
    else { return false }
    return accuracy >= least && milliseconds <= most && memoryBytes <= other.memoryBytes
      && (accuracy > least || milliseconds < most || memoryBytes < other.memoryBytes)
  }
}
