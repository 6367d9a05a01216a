import TensorCore

/// Offsets in one arena for storages that live at different times.
///
/// Two storages that live at the same time never overlap; storages that do not may. Largest first, each into a gap that
/// holds it: the greedy by size of Pisarchyk and Lee, "Efficient memory management for deep neural net inference",
/// arXiv:2001.03288, section 5. Where in which gap, cores decide: each of two threads computes one half of a value, and
/// to write a cache line that is still in the other core's cache costs several times as much. So a storage goes where
/// its halves lie best on the halves of those that use the same memory at other times: their middles coincide.
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
    var placed: [Place] = []  // by offset
    var middles: Set<Int> = []
    var end = 0
    let order = storages.indices.filter { storages[$0].count > 0 }.sorted {
      (storages[$1].count, $0) < (storages[$0].count, $1)
    }
    for index in order {
      let lines = storages[index].count.dividedRoundingUp(by: unit)
      let life = storages[index].life
      var best: (offset: Int, growth: Int, strangeLines: Int)?
      for gap in ArenaLayout.gaps(between: placed.filter { $0.life.overlaps(life) }, end: end, lines: lines) {
        let last = gap.upperBound - lines
        let centered = middles.map { ($0 - lines) / 2 }.filter { gap.lowerBound <= $0 && $0 <= last }
        for offset in Set(centered + [gap.lowerBound, last]).sorted() {
          let place = Place(lines: offset..<offset + lines, life: life)
          let growth = max(place.lines.upperBound - end, 0)
          if let best, best.growth < growth { continue }
          let strangeLines = placed.reduce(0) { $0 + place.strangeLines(in: $1) }
          if let best, (best.growth, best.strangeLines) <= (growth, strangeLines) { continue }
          best = (offset, growth, strangeLines)
        }
      }
      let place = Place(lines: (best?.offset ?? end)..<(best?.offset ?? end) + lines, life: life)
      offsets[index] = place.lines.lowerBound * unit
      end = max(end, place.lines.upperBound)
      let position = placed.firstIndex { $0.lines.lowerBound > place.lines.lowerBound } ?? placed.count
      placed.insert(place, at: position)
      middles.insert(place.doubledMiddle)
    }
    self.offsets = offsets
    count = end * unit
  }

  /// Where `lines` lines fit between places in order of their offsets; behind the last one there is always room.
  private static func gaps(between places: [Place], end: Int, lines: Int) -> [Range<Int>] {
    var gaps: [Range<Int>] = []
    var free = 0
    for place in places {
      if place.lines.lowerBound - free >= lines { gaps.append(free..<place.lines.lowerBound) }
      free = max(free, place.lines.upperBound)
    }
    return gaps + [free..<max(end, free + lines)]
  }

  /// Cache lines, and when they are in use.
  private struct Place {
    let lines: Range<Int>
    let life: ClosedRange<Int>

    /// Twice the middle, so that it is a whole number.
    var doubledMiddle: Int { lines.lowerBound + lines.upperBound }

    /// Lines that are in the first half of one place and in the second half of the other.
    func strangeLines(in other: Place) -> Int {
      let shared = lines.clamped(to: other.lines)
      if shared.isEmpty { return 0 }
      let middles = [doubledMiddle / 2, other.doubledMiddle / 2]
      return (min(middles[0], middles[1])..<max(middles[0], middles[1])).clamped(to: shared).count
    }
  }
}
