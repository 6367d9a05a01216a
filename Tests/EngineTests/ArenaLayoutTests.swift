import Engine
import Support
import Testing

/// Storages with overlapping lifetimes never share memory.
@Suite struct ArenaLayoutTests {
  @Test(arguments: 0..<100) func neverOverlaps(seed: Int) {
    var generator = Generator("arena \(seed)")
    let storages = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
      let start = Int.random(in: 0...40, using: &generator)
      return ArenaLayout.Storage(
        count: generator.pick([0, 1, 15, 16, 17, 1000, 4096]),
        life: start...start + Int.random(in: 0...12, using: &generator))
    }
    let layout = ArenaLayout(storages)
    for (i, a) in storages.enumerated() {
      #expect(layout.offsets[i] % 16 == 0)
      #expect(layout.offsets[i] + a.count <= layout.count)
      for (j, b) in storages.enumerated() where j > i && a.life.overlaps(b.life) {
        let apart =
          layout.offsets[i] + a.count <= layout.offsets[j] || layout.offsets[j] + b.count <= layout.offsets[i]
        #expect(apart, "storages \(i) \(a) and \(j) \(b) overlap at seed \(seed)")
      }
    }
  }

  /// No layout can be smaller than the largest sum of storages that are alive at one step.
  @Test(arguments: 0..<100) func isNotWasteful(seed: Int) {
    var generator = Generator("arena \(seed)")
    let storages = (0..<30).map { index in
      ArenaLayout.Storage(count: 16 * Int.random(in: 1...100, using: &generator), life: index...index + 1)
    }
    let least =
      (0...31).map { step in
        storages.reduce(0) { $0 + ($1.life.contains(step) ? $1.count : 0) }
      }.max() ?? 0
    #expect(ArenaLayout(storages).count <= 2 * least)
  }

  /// Of two threads, each finds its half of a value where its half of the one before it was.
  @Test func middlesCoincide() {
    let storages = [100, 80, 72, 40, 20, 6].enumerated().map { index, lines in
      ArenaLayout.Storage(count: 16 * lines, life: index...index + 1)
    }
    let layout = ArenaLayout(storages)
    let halves = storages.indices.map { layout.offsets[$0] + storages[$0].count / 2 }
    #expect(Set(halves).count == 2)
    #expect(layout.count == 16 * (100 + 80))
  }
}
