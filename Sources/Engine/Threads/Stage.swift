/// One phase of one step, with its tiles.
struct Stage: Sendable {
  let step: Int
  let phase: Int
  let tiles: Tiles

  init(step: Int, phase: Int, tiles: Int, threads: Int) {
    self.step = step
    self.phase = phase
    self.tiles = Tiles(count: tiles, threads: threads)
  }
}
