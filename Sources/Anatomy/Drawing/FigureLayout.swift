import Glibc

/// The positions of the boxes of a figure.
///
/// A network is mostly a chain. Where it forks, the branches are laid out side by side until they join again, each in
/// the same way; an arrow that bypasses a part of the chain is an arc to its right. A part that cannot be split like
/// this, such as a dense block, is stacked, with an arc for every arrow that skips a box. A long chain is divided between
/// blocks into columns, so that the figure is about as wide as a slide.
package struct FigureLayout {
  /// Sizes in points.
  package enum Measure {
    /// Height of every box.
    package static let boxHeight = 22.0
    static let gap = 15.0
    static let frameGap = 8.0
    /// Height in which arrows fan out from a fork to its branches, and in again to the join.
    static let spread = 26.0
    static let columnGap = 22.0
    static let arcGap = 16.0
    static let characterWidth = 6.0
    /// Width of a character in the name of a frame.
    static let nameWidth = 4.6
    /// Room right of a frame for the number of blocks that it stands for.
    static let countWidth = 24.0
    /// Distance of an arrow that leads to the next column from the boxes beside, above and below it.
    static let turn = 20.0
    /// Height up to which a figure is a single column.
    static let columnHeight = 640.0
    /// Width by height that columns aim at.
    static let aspect = 1.5

    /// Distance of a frame from its boxes, with this many levels of frames inside.
    static func padding(levels: Int) -> Double { 4 + 4 * Double(levels) }
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
  package let places: [Place]
  /// The rightmost x of each arc; all other arrows but the turns are drawn downward.
  package let arcs: [Figure.Arrow: Double]
  /// The x at which an arrow from the foot of a column goes up to above the next.
  package let turns: [Figure.Arrow: Double]
  /// Width of the figure.
  package let width: Double
  /// Height of the figure.
  package let height: Double

  /// Lays out a figure.
  package init(_ figure: Figure) {
    let frames = figure.frames
    let widths = figure.boxes.map { max(40, Double($0.label.count) * Measure.characterWidth + 14) }
    let chain = Builder(figure: figure, frames: frames, widths: widths)
      .chain(Array(figure.boxes.indices), from: nil, to: nil)
    var places = widths.map { Place(x: 0, y: 0, width: $0) }
    for (box, x, y) in chain.boxes { (places[box].x, places[box].y) = (x, y) }
    var arcs = Dictionary(chain.arcs.map { ($0.arrow, $0.x) }) { max($0, $1) }

    let margins = Margins(figure, frames, places, arcs)
    let columns = Self.columns(
      Self.parts(of: figure, frames, arcs), places, margins)
    var turns: [Figure.Arrow: Double] = [:]
    var (left, bottom) = (0.0, 0.0)
    for (number, column) in columns.enumerated() {
      let axis = left + margins.left(of: column)
      let top = column.map { places[$0].y }.min() ?? 0
      for box in column {
        places[box].x += axis
        places[box].y -= top
        bottom = max(bottom, places[box].bottom)
      }
      for arrow in arcs.keys where column.contains(arrow.from) { arcs[arrow]? += axis }
      left = axis + margins.right(of: column)
      if number + 1 < columns.count {
        for arrow in figure.arrows where arrow.from == column.upperBound - 1 {
          turns[arrow] = left + Measure.turn / 2
        }
        left += Measure.turn
      }
    }
    (self.places, self.arcs, self.turns) = (places, arcs, turns)
    (width, height) = (left, bottom)
  }

  // MARK: Columns

  /// What a column needs on either side of its axis.
  private struct Margins {
    private var left: [Double]
    private var right: [Double]

    init(_ figure: Figure, _ frames: [Figure.Frame], _ places: [Place], _ arcs: [Figure.Arrow: Double]) {
      left = places.map { $0.width / 2 - $0.x }
      right = places.map { $0.x + $0.width / 2 }
      for (arrow, x) in arcs { right[arrow.to] = max(right[arrow.to], x) }
      let levels = frames.reduce(0) { max($0, $1.depth) }
      for frame in frames {
        let padding = Measure.padding(levels: levels - frame.depth)
        let sides = frame.members.map { places[$0] }
        let leftmost = sides.reduce(0) { max($0, $1.width / 2 - $1.x) } + padding
        left[frame.members[0]] = max(
          left[frame.members[0]], leftmost + 3 + Measure.nameWidth * Double(frame.title.count))
        let rightmost = sides.reduce(0) { max($0, $1.x + $1.width / 2) } + padding
        right[frame.members[0]] = max(right[frame.members[0]], rightmost)
      }
      for frame in frames where frame.count > 1 {
        let rightmost = frame.members.reduce(0) { max($0, right[$1]) }
        right[frame.members[0]] = max(right[frame.members[0]], rightmost + Measure.countWidth)
      }
    }

    func left(of column: Range<Int>) -> Double { left[column].reduce(0, max) }
    func right(of column: Range<Int>) -> Double { right[column].reduce(0, max) }
  }

  /// The boxes of each column, in order.
  private static func columns(
    _ parts: [Range<Int>], _ places: [Place], _ margins: Margins
  ) -> [Range<Int>] {
    let heights = parts.map { part in
      (top: places[part].map(\.y).min() ?? 0, bottom: places[part].map(\.bottom).max() ?? 0)
    }
    /// Columns no higher than `limit`, where the parts allow it.
    func columns(limit: Double) -> [Range<Int>] {
      var columns: [Range<Int>] = []
      var top = 0.0
      for (part, height) in zip(parts, heights) {
        if let last = columns.last, height.bottom - top <= limit {
          columns[columns.count - 1] = last.lowerBound..<part.upperBound
        } else {
          columns.append(part)
          top = height.top
        }
      }
      return columns
    }
    func aspect(of columns: [Range<Int>]) -> Double {
      let width = columns.reduce(Measure.turn * Double(columns.count - 1)) {
        $0 + margins.left(of: $1) + margins.right(of: $1)
      }
      let height =
        columns.map { (places[$0].map(\.bottom).max() ?? 0) - (places[$0].map(\.y).min() ?? 0) }.max() ?? 0
      return width / height
    }
    let total = heights.map(\.bottom).max() ?? 0
    var best = columns(limit: total)
    if total <= Measure.columnHeight { return best }
    // A little more than equal shares, since parts differ.
    for share in stride(from: 1.0, through: 12, by: 0.25) {
      let candidate = columns(limit: total / share)
      if abs(log(aspect(of: candidate) / Measure.aspect)) < abs(log(aspect(of: best) / Measure.aspect)) {
        best = candidate
      }
    }
    return best
  }

  /// The parts that stay in one column: all arrows from one to the next leave its last box downward, and no frame is around
  /// both.
  private static func parts(
    of figure: Figure, _ frames: [Figure.Frame], _ arcs: [Figure.Arrow: Double]
  ) -> [Range<Int>] {
    var isCrossed = [Bool](repeating: false, count: figure.boxes.count)  // the gap before each box
    func cross(_ gaps: Range<Int>) { for gap in gaps { isCrossed[gap] = true } }
    for arrow in figure.arrows { cross(arrow.from + (arcs[arrow] == nil ? 2 : 1)..<arrow.to + 1) }
    for frame in frames {
      if let first = frame.members.first, let last = frame.members.last, first < last {
        cross(first + 1..<last + 1)
      }
    }
    let starts = figure.boxes.indices.filter { !isCrossed[$0] }
    return zip(starts, starts.dropFirst() + [figure.boxes.count]).map { $0..<$1 }
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

  let widths: [Double]
  private let outgoing: [[Int]]
  /// The frames around each box.
  private let frames: [Set<String>]

  init(figure: Figure, frames: [Figure.Frame], widths: [Double]) {
    self.widths = widths
    var around = [Set<String>](repeating: [], count: figure.boxes.count)
    for frame in frames { for box in frame.members { around[box].insert(frame.path) } }
    self.frames = around
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
    return Measure.gap + Measure.frameGap * Double(frames[upper].symmetricDifference(frames[lower]).count)
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
