/// The positions of the boxes of a figure.
///
/// A network is mostly a chain. Where it forks, the branches are laid out side by side until they join again, each in
/// the same way; an arrow that bypasses a part of the chain is an arc to its right. A part that cannot be split like
/// this, such as a dense block, is stacked, with an arc for every arrow that skips a box.
package struct FigureLayout {
  /// Sizes in points.
  package enum Measure {
    /// Height of every box.
    package static let boxHeight = 22.0
    static let gap = 18.0
    static let frameGap = 9.0
    /// Height in which arrows fan out from a fork to its branches, and in again to the join.
    static let spread = 26.0
    static let columnGap = 22.0
    static let arcGap = 16.0
    static let characterWidth = 6.2
  }

  /// The position of a box.
  package struct Place {
    /// Its horizontal center.
    package fileprivate(set) var x: Double
    /// Its top edge.
    package fileprivate(set) var y: Double
    /// Its width.
    package let width: Double

    /// Its bottom edge.
    package var bottom: Double { y + Measure.boxHeight }
  }

  /// The position of every box.
  package private(set) var places: [Place]
  /// The rightmost x of each arc; all other arrows are drawn downward.
  package private(set) var arcs: [Figure.Arrow: Double] = [:]
  /// Width of the figure.
  package let width: Double
  /// Height of the figure.
  package let height: Double

  /// Lays out a figure.
  package init(_ figure: Figure) {
    let widths = figure.boxes.map { max(40, Double($0.label.count) * Measure.characterWidth + 14) }
    let piece = Builder(figure: figure, widths: widths).chain(
      Array(figure.boxes.indices), from: nil, to: nil)
    places = widths.map { Place(x: 0, y: 0, width: $0) }
    for (box, x, y) in piece.boxes {
      places[box].x = x + piece.left
      places[box].y = y
    }
    arcs = Dictionary(piece.arcs.map { ($0.arrow, $0.x + piece.left) }) { max($0, $1) }
    width = piece.left + piece.right
    height = piece.height
  }
}

/// A part of the figure, laid out around a vertical axis at x = 0.
private struct Piece {
  var boxes: [(box: Int, x: Double, y: Double)] = []
  var arcs: [(arrow: Figure.Arrow, x: Double)] = []
  var left = 0.0
  var right = 0.0
  var height = 0.0

  mutating func add(_ piece: Piece, x: Double, y: Double) {
    boxes += piece.boxes.map { ($0.box, $0.x + x, $0.y + y) }
    arcs += piece.arcs.map { ($0.arrow, $0.x + x) }
    left = max(left, piece.left - x)
    right = max(right, piece.right + x)
    height = max(height, y + piece.height)
  }
}

private struct Builder {
  typealias Measure = FigureLayout.Measure

  let figure: Figure
  let widths: [Double]
  private let outgoing: [[Int]]

  init(figure: Figure, widths: [Double]) {
    self.figure = figure
    self.widths = widths
    var outgoing = [[Int]](repeating: [], count: figure.boxes.count)
    for arrow in figure.arrows { outgoing[arrow.from].append(arrow.to) }
    self.outgoing = outgoing
  }

  /// Lays out `boxes`, which lie between `source` and `sink`, as a chain of cuts with forks between them.
  func chain(_ boxes: [Int], from source: Int?, to sink: Int?) -> Piece {
    let cuts = cuts(of: boxes, from: source, to: sink)
    if cuts.isEmpty && boxes.count > 1 && parts(of: boxes).count == 1 {
      return stack(boxes, from: source, to: sink)
    }
    var piece = Piece()
    var last = source
    var position = boxes.startIndex
    var bottom: Int?  // the box above the next one
    func append(_ fork: ArraySlice<Int>, before next: Int?) {
      guard !fork.isEmpty else { return }
      let part = self.fork(Array(fork), from: last, to: next)
      let y = piece.height == 0 ? 0 : piece.height + gap(between: bottom, and: fork.first)
      piece.add(part, x: 0, y: y)
      if let last, let next, outgoing[last].contains(next) {
        let x = part.right + Measure.arcGap
        piece.arcs.append((Figure.Arrow(from: last, to: next), x))
        piece.right = max(piece.right, x)
      }
      bottom = fork.last
    }
    for cut in cuts {
      let end = boxes[position...].firstIndex(of: cut) ?? position
      append(boxes[position..<end], before: cut)
      let y = piece.height == 0 ? 0 : piece.height + gap(between: bottom, and: cut)
      piece.add(single(cut), x: 0, y: y)
      last = cut
      bottom = cut
      position = end + 1
    }
    append(boxes[position...], before: sink)
    return piece
  }

  /// Branches side by side, in order.
  private func fork(_ boxes: [Int], from source: Int?, to sink: Int?) -> Piece {
    let branches = parts(of: boxes).map { chain($0, from: source, to: sink) }
    guard branches.count > 1 else { return branches.first ?? Piece() }
    let room = Measure.spread - Measure.gap
    let total = branches.reduce(Measure.columnGap * Double(branches.count - 1)) { $0 + $1.left + $1.right }
    let height = branches.reduce(0) { max($0, $1.height) }
    var piece = Piece()
    var x = -total / 2
    for branch in branches {
      piece.add(branch, x: x + branch.left, y: room + (height - branch.height) / 2)
      x += branch.left + branch.right + Measure.columnGap
    }
    piece.height = height + 2 * room
    return piece
  }

  /// One box below the other.
  private func stack(_ boxes: [Int], from source: Int?, to sink: Int?) -> Piece {
    var piece = Piece()
    var previous: Int?
    for box in boxes {
      piece.add(single(box), x: 0, y: piece.height == 0 ? 0 : piece.height + gap(between: previous, and: box))
      previous = box
    }
    let order = Dictionary(uniqueKeysWithValues: boxes.enumerated().map { ($1, $0) })
    let right = piece.right
    for from in (source.map { [$0] } ?? []) + boxes {
      let start = order[from] ?? -1
      for to in outgoing[from] {
        guard let end = order[to] ?? (to == sink ? boxes.count : nil), end > start + 1 else { continue }
        let x = right + 10 + 5 * Double(end - start)
        piece.arcs.append((Figure.Arrow(from: from, to: to), x))
        piece.right = max(piece.right, x)
      }
    }
    return piece
  }

  private func single(_ box: Int) -> Piece {
    Piece(
      boxes: [(box, 0, 0)], left: widths[box] / 2, right: widths[box] / 2, height: Measure.boxHeight)
  }

  /// The gap between two boxes: wider where a frame begins or ends.
  private func gap(between upper: Int?, and lower: Int?) -> Double {
    guard let upper, let lower else { return Measure.gap }
    let above = Set(figure.boxes[upper].blocks)
    let below = Set(figure.boxes[lower].blocks)
    return Measure.gap + Measure.frameGap * Double(above.symmetricDifference(below).count)
  }

  /// The boxes that every path passes through: no arrow skips them.
  private func cuts(of boxes: [Int], from source: Int?, to sink: Int?) -> [Int] {
    let order = Dictionary(uniqueKeysWithValues: boxes.enumerated().map { ($1, $0) })
    // Each arrow skips the boxes between its ends.
    var change = [Int](repeating: 0, count: boxes.count + 2)
    func cover(_ start: Int, _ end: Int) {
      guard end > start + 1 else { return }
      change[start + 1] += 1
      change[end] -= 1
    }
    for (index, box) in boxes.enumerated() {
      for to in outgoing[box] {
        if let end = order[to] { cover(index, end) } else if to == sink { cover(index, boxes.count) }
      }
    }
    if let source {
      for to in outgoing[source] { if let end = order[to] { cover(-1, end) } }
    }
    var covered = 0
    return boxes.enumerated().compactMap { index, box in
      covered += change[index]
      return covered == 0 ? box : nil
    }
  }

  /// The connected components, in the order of their first boxes.
  private func parts(of boxes: [Int]) -> [[Int]] {
    let inside = Set(boxes)
    var part = Dictionary(uniqueKeysWithValues: boxes.map { ($0, $0) })
    func root(_ box: Int) -> Int {
      var box = box
      while let parent = part[box], parent != box { box = parent }
      return box
    }
    for box in boxes {
      for to in outgoing[box] where inside.contains(to) {
        let (a, b) = (root(box), root(to))
        part[max(a, b)] = min(a, b)
      }
    }
    var parts: [Int: [Int]] = [:]
    for box in boxes { parts[root(box), default: []].append(box) }
    return parts.sorted { $0.key < $1.key }.map(\.value)
  }
}
