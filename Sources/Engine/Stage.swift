/// One phase of one step, with its tiles.
struct Stage: Sendable {
  let step: Int
  let phase: Int
  let tiles: Tickets

  init(step: Int, phase: Int, tiles: Int) {
    self.step = step
    self.phase = phase
    self.tiles = Tickets(count: tiles)
  }
}
