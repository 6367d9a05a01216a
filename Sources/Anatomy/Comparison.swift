/// Two networks side by side: which layers they share, and which only one of them has.
///
/// Layers are aligned so that as many as possible keep their name and order (the longest common subsequence).
package struct Comparison: Sendable {
  /// One line of the comparison.
  package enum Change: Sendable {
    /// The same layer in both.
    case same(Layer)
    /// A layer of one name whose operator, shape or cost differs.
    case changed(from: Layer, to: Layer)
    /// A layer that only the second network has.
    case added(Layer)
    /// A layer that only the first network has.
    case removed(Layer)
  }

  /// All layers of both, in order.
  package let changes: [Change]

  /// Compares the layers of two networks.
  package init(_ old: Breakdown, _ new: Breakdown) {
    changes = Self.align(old.layers, new.layers).map { pair in
      switch pair {
      case (let old?, let new?): Self.isSame(old, new) ? .same(new) : .changed(from: old, to: new)
      case (let old?, nil): .removed(old)
      case (nil, let new?): .added(new)
      case (nil, nil): preconditionFailure("a pair has at least one layer")
      }
    }
  }

  private static func isSame(_ old: Layer, _ new: Layer) -> Bool {
    old.kind == new.kind && old.attributes == new.attributes && old.outputShape == new.outputShape
      && old.parameters == new.parameters && old.macs == new.macs
  }

  private static func align(_ old: [Layer], _ new: [Layer]) -> [(Layer?, Layer?)] {
    var pairs: [(Layer?, Layer?)] = []
    var i = 0
    var j = 0
    for (a, b) in commonNames(old.map(\.name), new.map(\.name)) {
      while i < a {
        pairs.append((old[i], nil))
        i += 1
      }
      while j < b {
        pairs.append((nil, new[j]))
        j += 1
      }
      pairs.append((old[a], new[b]))
      i = a + 1
      j = b + 1
    }
    return pairs + old[i...].map { ($0, nil) } + new[j...].map { (nil, $0) }
  }

  /// Positions of the longest common subsequence of two lists of names.
  ///
  /// The standard library's difference is the algorithm of Myers, fast where lists are alike.
  private static func commonNames(_ old: [String], _ new: [String]) -> [(Int, Int)] {
    let difference = new.difference(from: old)
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in difference {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    return Array(
      zip(old.indices.filter { !removed.contains($0) }, new.indices.filter { !inserted.contains($0) }))
  }
}
