import Kernels
import Synchronization

/// A point that no thread passes before all have reached it.
///
/// It is reached thousands of times a second, so waiting spins.
final class Barrier: Sendable {
  private let threads: Int
  private let arrived = Atomic<Int>(0)
  private let round = Atomic<Int>(0)

  init(threads: Int) { self.threads = threads }

  func wait() {
    if threads == 1 { return }
    let current = round.load(ordering: .acquiring)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == threads {
      arrived.store(0, ordering: .relaxed)
      round.store(current + 1, ordering: .releasing)
      return
    }
    var spin = Spin()
    while round.load(ordering: .acquiring) == current { spin.once() }
  }
}
