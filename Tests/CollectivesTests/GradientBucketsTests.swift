import Collectives
import Support
import TensorCore
import Testing

/// Which parts of the gradients are added, and when.
@Suite struct GradientBucketsTests {
  /// Every float is in one part, no part is complete before all of its tensors, and only the last may be small.
  @Test func partsCoverAllTensorsOnce() {
    var generator = CounterGenerator(seed: 1)
    for round in 0..<200 {
      var tensors: [GradientBuckets.Tensor] = []
      var positions: [Range<Int>: Int] = [:]
      var offset = 0
      let count = 1 + generator.below(30)
      for index in 0..<count {
        let range = offset..<offset + 1 + generator.below(4000)
        // Steps of the backward pass go from the last tensor to the first, except for some.
        let position = round % 2 == 0 ? count - 1 - index : generator.below(count)
        tensors.append(.init(range, finishedAt: position))
        positions[range] = position
        offset = (range.upperBound + 15) / 16 * 16
      }
      let buckets = GradientBuckets(tensors, bytes: 16_000)
      let parts = (0..<count).flatMap { position in buckets.complete(at: position).map { (position, $0) } }
      #expect(parts.map(\.1) == buckets.all)
      for (range, position) in positions {
        let holding = parts.filter { $0.1.clamped(to: range) == range }
        #expect(holding.count == 1 && holding[0].0 >= position)
      }
      let sorted = parts.map(\.1).sorted { $0.lowerBound < $1.lowerBound }
      for (one, next) in zip(sorted, sorted.dropFirst()) { #expect(one.upperBound <= next.lowerBound) }
      for part in sorted.dropFirst() { #expect(part.count >= 4000) }
    }
  }

  @Test func nothingIsSentForNothing() { #expect(GradientBuckets([]).all.isEmpty) }
}
