import TensorCore

/// Offsets in one arena for storages that live at different times.
///
/// Two storages that live at the same time never overlap; storages that do not may. Largest first,
/// each into the smallest gap that holds it: the greedy by size of Pisarchyk and Lee, "Efficient memory
/// management for deep neural net inference", arXiv:2001.03288, section 5.
package struct ArenaLayout: Sendable {
  /// A storage: its size, and the first and last step during which it holds something.
  package struct Storage: Hashable, Sendable {
    /// Floats.
    package let count: Int
    /// First and last step.
    package let life: ClosedRange<Int>

    /// A storage from its size and life.
    package init(count: Int, life: ClosedRange<Int>) {
      self.count = count
      self.life = life
    }
  }

  /// Offset of each storage, in floats; a multiple of a cache line.
  package let offsets: [Int]
  /// Floats of the whole arena.
  package let count: Int

  /// Finds offsets for `storages`.
  package init(_ storages: [Storage]) {
    let unit = Buffer.alignment / MemoryLayout<Float>.stride
    var offsets = [Int](repeating: 0, count: storages.count)
    var placed: [Int] = []  // indices into storages, by offset
    var end = 0
    let order = storages.indices.sorted {
      (storages[$1].count, $0) < (storages[$0].count, $1)
    }
    for index in order {
      let size = storages[index].count.roundedUp(to: unit)
      var best: (offset: Int, gap: Int)?
      var free = 0
      for other in placed where storages[other].life.overlaps(storages[index].life) {
        let gap = offsets[other] - free
        if gap >= size && gap < best?.gap ?? .max { best = (free, gap) }
        free = max(free, offsets[other] + storages[other].count.roundedUp(to: unit))
      }
      offsets[index] = best?.offset ?? free
      end = max(end, offsets[index] + size)
      let position = placed.firstIndex { offsets[$0] > offsets[index] } ?? placed.count
      placed.insert(index, at: position)
    }
    self.offsets = offsets
    count = end
  }
}
