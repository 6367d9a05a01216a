import Synchronization

/// Numbers from 0 on that threads take one by one until none is left.
final class Tickets: Sendable {
  let count: Int
  private let next = Atomic<Int>(0)

  init(count: Int) { self.count = count }

  func restart() { next.store(0, ordering: .relaxed) }

  /// The next number, or `nil` if all are taken.
  func take() -> Int? {
    let ticket = next.add(1, ordering: .relaxed).oldValue
    return ticket < count ? ticket : nil
  }
}
