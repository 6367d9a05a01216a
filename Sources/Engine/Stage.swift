import GraphIR
import Synchronization

/// One phase of one step: tiles that threads take one by one until none is left.
final class Stage: Sendable {
  let step: Int
  let phase: Int
  let tiles: Int
  private let next = Atomic<Int>(0)

  init(step: Int, phase: Int, tiles: Int) {
    self.step = step
    self.phase = phase
    self.tiles = tiles
  }

  func restart() { next.store(0, ordering: .relaxed) }

  /// The next tile that nobody has taken, or `nil` if all are.
  func take() -> Int? {
    let tile = next.add(1, ordering: .relaxed).oldValue
    return tile < tiles ? tile : nil
  }
}
