/// Which layers of two networks correspond.
enum Alignment {
  /// Pairs of layers in the order of both lists, and between them the layers without a partner.
  static func pairs(_ old: [Layer], _ new: [Layer]) -> [(Layer?, Layer?)] {
    var register = LayerRegister()
    let oldKeys = old.map { register.key(of: $0) }
    let newKeys = new.map { register.key(of: $0) }
    // A common prefix and suffix need no search.
    let start = zip(oldKeys, newKeys).prefix { $0 == $1 }.count
    let end = zip(oldKeys[start...].reversed(), newKeys[start...].reversed()).prefix { $0 == $1 }.count
    let (a, b) = (Array(oldKeys[start..<(old.count - end)]), Array(newKeys[start..<(new.count - end)]))
    let middle = a.count * b.count <= largestSearch ? bestPairs(a, b) : pairsOfOneName(a, b)

    let pairs =
      (0..<start).map { ($0, $0) } + middle.map { ($0 + start, $1 + start) }
      + (0..<end).map { (old.count - end + $0, new.count - end + $0) }
    var result: [(Layer?, Layer?)] = []
    var (i, j) = (0, 0)
    for (x, y) in pairs {
      result += old[i..<x].map { ($0, nil) } + new[j..<y].map { (nil, $0) }
      result.append((old[x], new[y]))
      (i, j) = (x + 1, y + 1)
    }
    return result + old[i...].map { ($0, nil) } + new[j...].map { (nil, $0) }
  }

  /// Most pairs that the search compares; each takes a few nanoseconds and four bytes.
  private static let largestSearch = 4_000_000

  /// The alignment of Needleman and Wunsch without gap penalties: the one with the highest total score.
  private static func bestPairs(_ a: [LayerKey], _ b: [LayerKey]) -> [(Int, Int)] {
    let columns = b.count + 1
    // best[i, j]: the highest score of a[i...] and b[j...].
    var best = [Int32](repeating: 0, count: (a.count + 1) * columns)
    for i in a.indices.reversed() {
      for j in b.indices.reversed() {
        let score = a[i].score(b[j])
        let together = score == 0 ? 0 : score + best[(i + 1) * columns + j + 1]
        best[i * columns + j] = max(together, best[(i + 1) * columns + j], best[i * columns + j + 1])
      }
    }
    var pairs: [(Int, Int)] = []
    var (i, j) = (0, 0)
    while i < a.count && j < b.count {
      let here = best[i * columns + j]
      let score = a[i].score(b[j])
      if score > 0 && here == score + best[(i + 1) * columns + j + 1] {
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

  /// For networks of thousands of layers: as many pairs of layers with the same name as keep their order.
  ///
  /// The n-th layer of a name is paired with the n-th of the other network, and the longest increasing
  /// subsequence of these pairs is kept, in n log n steps.
  private static func pairsOfOneName(_ a: [LayerKey], _ b: [LayerKey]) -> [(Int, Int)] {
    var places: [Int32: [Int]] = [:]
    for (index, key) in b.enumerated().reversed() { places[key.name, default: []].append(index) }
    let candidates: [(Int, Int)] = a.enumerated().compactMap { index, key in
      places[key.name]?.popLast().map { (index, $0) }
    }
    // ends[n]: the last candidate of the best chain of n + 1 pairs so far.
    var ends: [Int] = []
    var previous = [Int?](repeating: nil, count: candidates.count)
    for (index, candidate) in candidates.enumerated() {
      var (low, high) = (0, ends.count)
      while low < high {
        let middle = (low + high) / 2
        if candidates[ends[middle]].1 < candidate.1 { low = middle + 1 } else { high = middle }
      }
      previous[index] = low == 0 ? nil : ends[low - 1]
      if low == ends.count { ends.append(index) } else { ends[low] = index }
    }
    var chain: [(Int, Int)] = []
    var next = ends.last
    while let index = next {
      chain.append(candidates[index])
      next = previous[index]
    }
    return chain.reversed()
  }
}

/// What an alignment compares of a layer, as numbers.
struct LayerKey: Hashable {
  /// Equal for layers that do the same.
  let content: Int32
  /// Equal for layers of the same name.
  let name: Int32
  /// Equal for layers of the same name and operator.
  let role: Int32

  /// How well two layers match: not at all, one layer that changed, the same under another name, the same.
  func score(_ other: LayerKey) -> Int32 {
    if content == other.content { return name == other.name ? 4 : 3 }
    return role == other.role ? 2 : 0
  }

  /// Whether two layers do the same.
  static func isSame(_ old: Layer, _ new: Layer) -> Bool {
    old.kind == new.kind && old.attributes == new.attributes && old.outputShape == new.outputShape
      && old.parameters == new.parameters && old.macs == new.macs
  }
}

/// Numbers what layers have in common.
private struct LayerRegister {
  private var numbers: [String: Int32] = [:]

  mutating func key(of layer: Layer) -> LayerKey {
    LayerKey(
      content: number(
        "=\(layer.kind) \(layer.attributes) \(layer.outputShape) \(layer.parameters) \(layer.macs)"),
      name: number(layer.name), role: number("\(layer.kind) \(layer.name)"))
  }

  private mutating func number(_ text: String) -> Int32 {
    if let known = numbers[text] { return known }
    let next = Int32(truncatingIfNeeded: numbers.count)
    numbers[text] = next
    return next
  }
}
