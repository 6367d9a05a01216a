import GraphIR

/// The first and the last step at which values are needed, and the storages in which they lie.
struct Lifetimes: Sendable {
  /// Of each value, by its id.
  private(set) var ofValues: [Int: ClosedRange<Int>] = [:]
  /// Of each storage; `nil` for one that never holds anything.
  private(set) var ofStorages: [ClosedRange<Int>?]

  private let placement: Placement

  /// Lifetimes that have not begun.
  init(_ placement: Placement) {
    self.placement = placement
    ofStorages = placement.storageCounts.map { _ in nil }
  }

  /// Says that a value is written or read at `step`.
  mutating func extend(_ value: Value, to step: Int) {
    guard let place = placement.places[value.id] else { return }
    func extended(_ life: ClosedRange<Int>?) -> ClosedRange<Int> {
      min(life?.lowerBound ?? step, step)...max(life?.upperBound ?? step, step)
    }
    ofValues[value.id] = extended(ofValues[value.id])
    ofStorages[place.storage] = extended(ofStorages[place.storage])
  }

  /// The storages, as an arena is laid out for them; those that never hold anything take no memory.
  var storages: [ArenaLayout.Storage] {
    zip(placement.storageCounts, ofStorages).map { count, life in
      ArenaLayout.Storage(count: life == nil ? 0 : count, life: life ?? 0...0)
    }
  }
}
