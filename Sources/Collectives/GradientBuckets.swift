/// Which parts of a buffer of gradients are added across processes, and after which step of the backward pass.
///
/// A part is worth sending alone: not much smaller than ``bytes``, as long as tensors allow. Parts are cut from the end
/// of the buffer, where the gradients lie that the backward pass finishes first.
package struct GradientBuckets: Hashable, Sendable {
  /// Bytes from which on a part is closed: far above what a network sends in the time of its latency (125 KB at 10 Gbit/s
  /// and 0.1 ms), far below all gradients, so that the last part, which nothing overlaps, is short.
  package static let bytes = 2 << 20

  /// A tensor: its floats, and the position in the backward pass of the step that finishes its gradient.
  package struct Tensor: Hashable, Sendable {
    let range: Range<Int>
    let position: Int

    /// A tensor from its parts.
    package init(_ range: Range<Int>, finishedAt position: Int) {
      self.range = range
      self.position = position
    }
  }

  /// The parts by the position at which each is complete.
  private var parts: [Int: [Range<Int>]] = [:]

  /// Cuts a buffer with these tensors.
  package init(_ tensors: [Tensor], bytes: Int = GradientBuckets.bytes) {
    let most = bytes / MemoryLayout<Float>.stride
    var open: (range: Range<Int>, position: Int)?
    func closed(_ part: (range: Range<Int>, position: Int)) {
      parts[part.position, default: []].append(part.range)
    }
    for tensor in tensors.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      if let part = open {
        open = (tensor.range.lowerBound..<part.range.upperBound, max(part.position, tensor.position))
      } else {
        open = (tensor.range, tensor.position)
      }
      if let part = open, part.range.count >= most {
        closed(part)
        open = nil
      }
    }
    if let open { closed(open) }
  }

  /// The parts that are complete once the step at `position` of the backward pass is done.
  package func complete(at position: Int) -> [Range<Int>] { parts[position] ?? [] }

  /// All parts.
  package var all: [Range<Int>] { parts.keys.sorted().flatMap { complete(at: $0) } }
}
