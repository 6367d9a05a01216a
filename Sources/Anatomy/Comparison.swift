/// Two networks side by side: which layers they share, and which only one of them has.
///
/// Layers are paired in order, by what they do before what they are called: a layer that only moved to another place
/// in a numbered list is the same layer.
package struct Comparison: Sendable {
  /// One line of the comparison.
  package enum Change: Sendable {
    /// The same layer in both, perhaps under another name.
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

  /// How well two layers go together: nothing, one changed layer, the same under another name, the same.
  private static func score(_ old: Layer, _ new: Layer) -> Int32 {
    let hasSameName = old.name == new.name
    if isSame(old, new) { return hasSameName ? 4 : 3 }
    return hasSameName && old.kind == new.kind ? 2 : 0
  }

  /// Pairs of the two lists in order, so that the scores of all pairs add up to as much as possible.
  private static func align(_ old: [Layer], _ new: [Layer]) -> [(Layer?, Layer?)] {
    // What both begin and end with needs no search.
    let start = zip(old, new).prefix { score($0, $1) == 4 }.count
    let end = zip(old[start...].reversed(), new[start...].reversed()).prefix { score($0, $1) == 4 }.count
    let (a, b) = (Array(old[start..<(old.count - end)]), Array(new[start..<(new.count - end)]))
    let pairs = a.count * b.count <= largestSearch ? bestPairs(a, b) : pairsOfOneName(a, b)

    var result: [(Layer?, Layer?)] = zip(old[..<start], new[..<start]).map { ($0, $1) }
    var (i, j) = (0, 0)
    for (x, y) in pairs {
      result += a[i..<x].map { ($0, nil) } + b[j..<y].map { (nil, $0) }
      result.append((a[x], b[y]))
      (i, j) = (x + 1, y + 1)
    }
    result += a[i...].map { ($0, nil) } + b[j...].map { (nil, $0) }
    return result + zip(old[(old.count - end)...], new[(new.count - end)...]).map { ($0, $1) }
  }

  /// Pairs that are weighed at most; the search takes about 20 ns for each.
  private static let largestSearch = 1_500_000

  /// The alignment of Needleman and Wunsch without a cost for gaps.
  private static func bestPairs(_ a: [Layer], _ b: [Layer]) -> [(Int, Int)] {
    let columns = b.count + 1
    // best[i, j]: the most that a[i...] and b[j...] can reach.
    var best = [Int32](repeating: 0, count: (a.count + 1) * columns)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        let weight = score(a[i], b[j])
        let together = weight == 0 ? 0 : weight + best[(i + 1) * columns + j + 1]
        best[i * columns + j] = max(together, best[(i + 1) * columns + j], best[i * columns + j + 1])
      }
    }
    var pairs: [(Int, Int)] = []
    var (i, j) = (0, 0)
    while i < a.count && j < b.count {
      let here = best[i * columns + j]
      let weight = score(a[i], b[j])
      if weight > 0 && here == weight + best[(i + 1) * columns + j + 1] {
        pairs.append((i, j))
        (i, j) = (i + 1, j + 1)
      } else if here == best[(i + 1) * columns + j] {
        i += 1
      } else {
        j += 1
      }
    }
    return pairs
  }

  /// The longest common subsequence of the names: for networks of thousands of layers.
  private static func pairsOfOneName(_ a: [Layer], _ b: [Layer]) -> [(Int, Int)] {
    var removed = Set<Int>()
    var inserted = Set<Int>()
    for change in b.map(\.name).difference(from: a.map(\.name)) {
      switch change {
      case .remove(let offset, _, _): removed.insert(offset)
      case .insert(let offset, _, _): inserted.insert(offset)
      }
    }
    return Array(zip(a.indices.filter { !removed.contains($0) }, b.indices.filter { !inserted.contains($0) }))
  }
}
