import Zoo

/// Limits on what a network costs, and on its accuracy.
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
  /// Those that no other candidate surpasses: none has at least the accuracy, takes at most the time and the memory, and is better
  /// in one of these.
  ///
  /// The fastest comes first; candidates without an accuracy or a time are left out.
  package var paretoSet: [Candidate] {
    let known = filter { $0.accuracy != nil && $0.milliseconds != nil }.sorted { $0.order < $1.order }
    var set: [Candidate] = []
    // Only a candidate earlier in this order can surpass another. One that is itself surpassed need not be kept for that:
    // whatever surpasses it also surpasses all that it surpasses.
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
