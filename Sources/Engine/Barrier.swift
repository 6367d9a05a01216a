import Glibc
import Kernels
import Synchronization

/// A point that no thread passes before all have reached it; used thousands of times a second, so it
/// spins.
final class Barrier: Sendable {
  /// How long a thread spins before it offers its core to others: longer than a tile takes.
  private static let spins = 4_000

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
    var spins = 0
    while round.load(ordering: .acquiring) == current {
      spins += 1
      if spins < Barrier.spins { Spin.once() } else { sched_yield() }
    }
  }
}
