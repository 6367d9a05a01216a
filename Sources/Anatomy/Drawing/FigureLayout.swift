import Glibc
import Graphics

/// The positions of the boxes, frames and arrows of a figure.
///
/// A network is mostly a chain. Where it forks, the branches are laid out side by side until they join again, each in
/// the same way; an arrow that bypasses a part of the chain is an arc beside it. A part that cannot be split like
/// this, such as a dense block, is stacked, with an arc for every arrow that skips a box. A long chain is divided between
/// blocks into columns, so that the figure is about as wide as a slide.
///
/// All of this is done along an axis and across it, whichever way the figure runs.
package struct FigureLayout {
  /// Where the arrows lead.
  package enum Direction: String, CaseIterable, Sendable {
    /// From the top of the page to the bottom.
    case down
    /// From left to right.
    case right
  }

  /// Sizes in points.
  enum Measure {
    static let labelSize = 10.5
    static let outputSize = 8.5
    static let titleSize = 8.5
    static let multiplicitySize = 11.0
    static let boxHeight = 22.0
    /// Height of a box with the shape of its output.
    static let tallHeight = 34.0
    static let boxMargin = 16.0
    static let gap = 17.0
    /// What a gap becomes where a frame begins or ends.
    static let frameGap = 20.0
    /// Length in which arrows fan out from a fork to its branches, and in again to the join.
    static let spread = 28.0
    static let branchGap = 18.0
    static let arcGap = 14.0
    /// Least distance of an arc from the edge of a frame beside it: it fits between two frames, one around the other.
    static let arcClearance = padding / 2
    static let padding = 6.0
    /// Room for the title of a frame.
    static let header = 13.0
    /// Distance of an arrow that leads to the next column from the boxes beside, before and behind it.
    static let turn = 20.0
    static let columnGap = 10.0
    static let corner = 8.0
    /// Width by height that columns aim at.
    static let aspect = 1.5

    /// Length up to which a figure is a single column.
    static func columnLength(_ direction: Direction) -> Double { direction == .down ? 660 : 1000 }
  }

  /// A frame around a block.
  package struct FramePlace {
    /// Its outline.
    package let box: Graphics.Box
    /// What its upper left corner says: the path, and `×3`.
    let title: String
    let multiplicity: String?
    let depth: Int
  }

  /// The position of every box.
  package private(set) var places: [Graphics.Box]
  /// The frames, outer ones first.
  package private(set) var frames: [FramePlace]
  /// The way of every arrow, in the order of the figure.
  package private(set) var paths: [Path]
  /// How many columns there are, or rows where the arrows lead to the right.
  package let columnCount: Int
  /// Width of the figure.
  package let width: Double
  /// Height of the figure.
  package let height: Double

  /// Lays out a figure.
  package init(_ figure: Figure, direction: Direction = .down) {
    let sizes = figure.boxes.map(Self.size)
    let extents = sizes.map { size in
      direction == .down
        ? Extent(across: size.width, along: size.height) : Extent(across: size.height, along: size.width)
    }
    var builder = Builder(figure: figure, extents: extents, direction: direction)
    let chain = builder.chain(Array(figure.boxes.indices), from: nil, to: nil)
    let columns = Columns(figure, chain, extents, direction)
    columnCount = columns.count

    func placed(_ point: Point) -> Point { direction == .down ? point : Point(point.y, point.x) }
    func placed(_ box: Graphics.Box) -> Graphics.Box {
      direction == .down
        ? box : Graphics.Box(left: box.top, top: box.left, right: box.bottom, bottom: box.right)
    }
    places = columns.boxes.map(placed)
    frames = columns.frames.map { frame in
      let source = builder.frames[frame.index]
      return FramePlace(
        box: placed(frame.box), title: source.title, multiplicity: source.multiplicity, depth: source.depth)
    }.sorted { $0.depth < $1.depth }
    let arrows = ArrowPaths(figure, columns)
    paths = figure.arrows.map { arrows.path(of: $0).map(placed) }
    (width, height) = direction == .down ? (columns.across, columns.along) : (columns.along, columns.across)
  }

  private static func size(of box: Figure.Box) -> (width: Double, height: Double) {
    let label = Typeface.width(of: box.label, size: Measure.labelSize)
    let output = box.size.map { Typeface.width(of: $0, size: Measure.outputSize) } ?? 0
    return (
      max(44, max(label, output) + Measure.boxMargin),
      box.size == nil ? Measure.boxHeight : Measure.tallHeight
    )
  }
}

/// The extent of a box along the axis and across it.
private struct Extent {
  let across: Double
  let along: Double
}

/// An arrow beside a part of the figure.
private struct Arc {
  /// Its outermost place.
  var across: Double
  /// Whether it is one of many, each with a curve of its own; a single one goes around corners, so that it stays clear of wide
  /// boxes.
  let isCurved: Bool
}

/// A part of the figure, laid out around its axis, which is at 0.
private struct Piece {
  var boxes: [(box: Int, across: Double, along: Double)] = []
  var arcs: [(arrow: Figure.Arrow, arc: Arc)] = []
  /// Frames by their numbers, with x across and y along.
  var frames: [(index: Int, box: Graphics.Box)] = []
  var left = 0.0
  var right = 0.0
  var length = 0.0
  /// Distance of the leftmost arrow into the piece from the axis.
  var entry = 0.0

  mutating func add(_ piece: Piece, across: Double, along: Double) {
    boxes += piece.boxes.map { ($0.box, $0.across + across, $0.along + along) }
    arcs += piece.arcs.map { ($0.arrow, Arc(across: $0.arc.across + across, isCurved: $0.arc.isCurved)) }
    frames += piece.frames.map { index, box in
      (
        index,
        Graphics.Box(
          left: box.left + across, top: box.top + along, right: box.right + across, bottom: box.bottom + along
        )
      )
    }
    left = max(left, piece.left - across)
    right = max(right, piece.right + across)
    length = max(length, along + piece.length)
  }
}

private struct Builder {
  typealias Measure = FigureLayout.Measure

  /// What follows each other along the axis.
  private enum Element {
    case box(Int)
    /// Boxes between two others, in one branch or several.
    case fork([Int])

    var boxes: [Int] {
      switch self {
      case .box(let box): [box]
      case .fork(let boxes): boxes
      }
    }
  }

  /// The frames of the figure, outer ones first.
  let frames: [Figure.Frame]
  private let direction: FigureLayout.Direction
  private let extents: [Extent]
  private let outgoing: [[Int]]
  /// Frames that are laid out.
  private var done: Set<Int> = []

  init(figure: Figure, extents: [Extent], direction: FigureLayout.Direction) {
    self.extents = extents
    self.direction = direction
    frames = figure.frames
    var outgoing = [[Int]](repeating: [], count: figure.boxes.count)
    for arrow in figure.arrows { outgoing[arrow.from].append(arrow.to) }
    self.outgoing = outgoing
  }

  /// Lays out `boxes`, which lie between `source` and `sink`, as a chain of cuts with forks between them.
  mutating func chain(_ boxes: [Int], from source: Int?, to sink: Int?) -> Piece {
    let cuts = cuts(of: boxes, from: source, to: sink)
    if cuts.isEmpty && boxes.count > 1 && parts(of: boxes).count == 1 {
      return stack(boxes, from: source, to: sink)
    }
    var elements: [Element] = []
    var position = boxes.startIndex
    for cut in cuts {
      let end = boxes[position...].firstIndex(of: cut) ?? position
      if position < end { elements.append(.fork(Array(boxes[position..<end]))) }
      elements.append(.box(cut))
      position = end + 1
    }
    if position < boxes.endIndex { elements.append(.fork(Array(boxes[position...]))) }
    return sequence(elements, elements.indices, from: source, to: sink)
  }

  /// One element behind the other, with the frames around them.
  private mutating func sequence(
    _ elements: [Element], _ range: Range<Int>, from source: Int?, to sink: Int?
  ) -> Piece {
    var piece = Piece()
    var position = range.lowerBound
    var wasFramed = false
    while position < range.upperBound {
      var part: Piece
      var end = position + 1
      var isFramed = false
      if let (frame, last) = frame(in: elements, from: position, before: range.upperBound) {
        done.insert(frame)
        part = framed(sequence(elements, position..<last, from: source, to: sink), by: frame)
        end = last
        isFramed = true
      } else {
        switch elements[position] {
        case .box(let box): part = single(box)
        case .fork(let boxes):
          let before = position == 0 ? source : elements[position - 1].boxes.last
          let after = position + 1 == elements.count ? sink : elements[position + 1].boxes.first
          part = fork(boxes, from: before, to: after)
          if let before, let after, outgoing[before].contains(after) {
            if boxes.contains(where: { outgoing[$0].contains(after) }) {
              let across = part.right + Measure.arcGap
              part.arcs.append((Figure.Arrow(from: before, to: after), Arc(across: across, isCurved: false)))
              part.right = across
            } else {
              part = aside(part)
            }
          }
        }
      }
      let isFirst = position == range.lowerBound
      let gap = isFirst ? 0 : isFramed || wasFramed ? Measure.frameGap : Measure.gap
      if isFirst { piece.entry = part.entry }
      piece.add(part, across: 0, along: piece.length + gap)
      wasFramed = isFramed
      position = end
    }
    return piece
  }

  /// The outermost frame around exactly the elements from `start` on to some end.
  private func frame(in elements: [Element], from start: Int, before end: Int) -> (frame: Int, end: Int)? {
    for (index, frame) in frames.enumerated() where !done.contains(index) {
      guard frame.members.first == elements[start].boxes.min() else { continue }
      let members = Set(frame.members)
      var (count, last) = (0, start)
      while last < end, elements[last].boxes.allSatisfy(members.contains) {
        count += elements[last].boxes.count
        last += 1
      }
      guard count == members.count, last > start else { continue }
      // The frame of a single branch is laid out with the branch, so that an arc beside it is outside of it.
      if last == start + 1, case .fork(let boxes) = elements[start], parts(of: boxes).count == 1 { continue }
      return (index, last)
    }
    return nil
  }

  /// A piece with a frame around it and a title in the frame, left of the arrows into it.
  private func framed(_ inside: Piece, by index: Int) -> Piece {
    let frame = frames[index]
    let title = FigureLayout.headerWidth(title: frame.title, multiplicity: frame.multiplicity)
    let padding = Measure.padding
    let header = title == 0 ? 0 : Measure.header
    var piece = Piece()
    switch direction {
    case .down:
      piece.add(inside, across: 0, along: padding + header)
      piece.left = max(inside.left + padding, title == 0 ? 0 : inside.entry + title + 2 * padding)
      piece.right = inside.right + padding
      piece.length += padding
    case .right:
      piece.add(inside, across: 0, along: padding)
      piece.left = inside.left + padding + header
      piece.right = inside.right + padding
      piece.length = max(piece.length, title + padding) + padding
    }
    piece.entry = inside.entry
    piece.frames.append(
      (index, Graphics.Box(left: -piece.left, top: 0, right: piece.right, bottom: piece.length)))
    return piece
  }

  /// Branches side by side, in order.
  private mutating func fork(_ boxes: [Int], from source: Int?, to sink: Int?) -> Piece {
    var branches: [Piece] = []
    for part in parts(of: boxes) { branches.append(chain(part, from: source, to: sink)) }
    guard branches.count > 1 else { return branches.first ?? Piece() }
    let room = Measure.spread - Measure.gap
    let total = branches.reduce(Measure.branchGap * Double(branches.count - 1)) { $0 + $1.left + $1.right }
    let length = branches.reduce(0) { max($0, $1.length) }
    var piece = Piece()
    var across = -total / 2
    for branch in branches {
      let axis = across + branch.left
      piece.add(branch, across: axis, along: room + (length - branch.length) / 2)
      piece.entry = max(piece.entry, branch.entry - axis)
      across += branch.left + branch.right + Measure.branchGap
    }
    piece.length = length + 2 * room
    return piece
  }

  /// What leads nowhere, such as an auxiliary head, beside the axis.
  private func aside(_ branch: Piece) -> Piece {
    let room = Measure.spread - Measure.gap
    var piece = Piece()
    piece.add(branch, across: branch.left + Measure.branchGap, along: room)
    return piece
  }

  /// One box behind the other.
  private mutating func stack(_ boxes: [Int], from source: Int?, to sink: Int?) -> Piece {
    var piece = sequence(boxes.map(Element.box), boxes.indices, from: source, to: sink)
    let order = Dictionary(uniqueKeysWithValues: boxes.enumerated().map { ($1, $0) })
    let right = piece.right
    for from in (source.map { [$0] } ?? []) + boxes {
      let start = order[from] ?? -1
      for to in outgoing[from] {
        guard let end = order[to] ?? (to == sink ? boxes.count : nil), end > start + 1 else { continue }
        let across = right + 10 + 5 * Double(end - start)
        piece.arcs.append((Figure.Arrow(from: from, to: to), Arc(across: across, isCurved: true)))
        piece.right = max(piece.right, across)
      }
    }
    return piece
  }

  private func single(_ box: Int) -> Piece {
    Piece(
      boxes: [(box, 0, 0)], left: extents[box].across / 2, right: extents[box].across / 2,
      length: extents[box].along)
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

extension FigureLayout {
  /// Width of the title of a frame with the number of its blocks; 0 if there is neither.
  static func headerWidth(title: String, multiplicity: String?) -> Double {
    let width = Typeface.width(of: title, size: Measure.titleSize)
    guard let multiplicity else { return width }
    let count = Typeface.width(of: multiplicity, size: Measure.multiplicitySize, isBold: true)
    return width == 0 ? count : width + Measure.padding + count
  }
}

/// A chain divided into columns, each with its own axis.
private struct Columns {
  typealias Measure = FigureLayout.Measure

  let count: Int
  /// The boxes, with x across and y along.
  private(set) var boxes: [Graphics.Box]
  private(set) var frames: [(index: Int, box: Graphics.Box)]
  private(set) var arcs: [Figure.Arrow: Arc]
  /// For an arrow to the next column: how far along it turns, and where across it goes back.
  private(set) var turns: [Figure.Arrow: (along: Double, across: Double)] = [:]
  private(set) var across = 0.0
  private(set) var along = 0.0

  init(_ figure: Figure, _ chain: Piece, _ extents: [Extent], _ direction: FigureLayout.Direction) {
    var boxes = extents.map { Graphics.Box(left: 0, top: 0, right: $0.across, bottom: $0.along) }
    for (box, across, along) in chain.boxes {
      let half = extents[box].across / 2
      boxes[box] = Graphics.Box(
        left: across - half, top: along, right: across + half, bottom: along + extents[box].along)
    }
    var arcs = Dictionary(chain.arcs.map { ($0.arrow, $0.arc) }) { $0.across > $1.across ? $0 : $1 }
    // Everything that belongs to a part: it moves with the part's first box.
    let parts = Self.parts(of: figure, chain, arcs)
    var partOfBox = [Int](repeating: 0, count: boxes.count)
    for (part, range) in parts.enumerated() { for box in range { partOfBox[box] = part } }
    var bounds = parts.map { part in
      part.map { boxes[$0] }.reduce(boxes[part.lowerBound]) { $0.joined(with: $1) }
    }
    let members = figure.frames.map { $0.members[0] }
    for (index, box) in chain.frames {
      let part = partOfBox[members[index]]
      bounds[part] = bounds[part].joined(with: box)
    }
    for (arrow, arc) in arcs {
      let part = partOfBox[arrow.from]
      bounds[part].right = max(bounds[part].right, arc.across)
    }

    let columns = Self.columns(bounds, direction)
    count = columns.count
    var left = 0.0
    var frames = chain.frames
    for (number, column) in columns.enumerated() {
      let bound = bounds[column].reduce(bounds[column.lowerBound]) { $0.joined(with: $1) }
      let (axis, top) = (left - bound.left, bound.top)
      for box in boxes.indices where column.contains(partOfBox[box]) {
        boxes[box] = boxes[box].moved(x: axis, y: -top)
      }
      for index in frames.indices where column.contains(partOfBox[members[frames[index].index]]) {
        frames[index].box = frames[index].box.moved(x: axis, y: -top)
      }
      for arrow in arcs.keys where column.contains(partOfBox[arrow.from]) { arcs[arrow]?.across += axis }
      left += bound.width
      along = max(along, bound.height)
      if number + 1 < columns.count {
        let last = parts[column.upperBound - 1].upperBound - 1
        for arrow in figure.arrows where arrow.from == last {
          turns[arrow] = (bound.height + Measure.turn / 2, left + Measure.columnGap)
        }
        left += 2 * Measure.columnGap
      }
    }
    across = left
    self.boxes = boxes
    self.frames = frames
    self.arcs = arcs
    separateArcsFromFrames()
  }

  /// Moves arcs that would run along the right edge of a frame to the nearest place beside it.
  private mutating func separateArcsFromFrames() {
    for (arrow, arc) in arcs where !arc.isCurved {
      let (from, to) = (boxes[arrow.from], boxes[arrow.to])
      let least = max(from.right, to.right) + Measure.corner
      let wanted = max(arc.across, least)
      let edges = frames.map(\.box).filter { $0.top < to.center.y && from.center.y < $0.bottom }.map(\.right)
      let places = [wanted] + edges.flatMap { [$0 - Measure.arcClearance, $0 + Measure.arcClearance] }
      let free = places.filter { place in
        place >= least && edges.allSatisfy { abs($0 - place) > Measure.arcClearance - 0.01 }
      }
      arcs[arrow]?.across = free.min { abs($0 - wanted) < abs($1 - wanted) } ?? wanted
    }
  }

  /// The parts of each column.
  private static func columns(
    _ bounds: [Graphics.Box], _ direction: FigureLayout.Direction
  ) -> [Range<Int>] {
    func columns(limit: Double) -> [Range<Int>] {
      var columns: [Range<Int>] = []
      var top = 0.0
      for (part, bound) in bounds.enumerated() {
        if let last = columns.last, bound.bottom - top <= limit {
          columns[columns.count - 1] = last.lowerBound..<part + 1
        } else {
          columns.append(part..<part + 1)
          top = bound.top
        }
      }
      return columns
    }
    func aspect(of columns: [Range<Int>]) -> Double {
      var (across, along) = (2 * Measure.columnGap * Double(columns.count - 1), 0.0)
      for column in columns {
        let bound = bounds[column].reduce(bounds[column.lowerBound]) { $0.joined(with: $1) }
        across += bound.width
        along = max(along, bound.height)
      }
      return direction == .down ? across / along : along / across
    }
    let total = bounds.reduce(0) { max($0, $1.bottom) }
    var best = columns(limit: total)
    if total <= Measure.columnLength(direction) { return best }
    for count in 2...12 {
      // The shortest columns of this number.
      var (low, high) = (total / Double(count), total)
      for _ in 0..<24 {
        let middle = (low + high) / 2
        if columns(limit: middle).count > count { low = middle } else { high = middle }
      }
      let candidate = columns(limit: high)
      if abs(log(aspect(of: candidate) / Measure.aspect)) < abs(log(aspect(of: best) / Measure.aspect)) {
        best = candidate
      }
    }
    return best
  }

  /// The parts that stay in one column: all arrows from one to the next leave its last box along the axis, and no frame is
  /// around both.
  private static func parts(
    of figure: Figure, _ chain: Piece, _ arcs: [Figure.Arrow: Arc]
  ) -> [Range<Int>] {
    var isCrossed = [Bool](repeating: false, count: figure.boxes.count)  // the gap before each box
    func cross(_ gaps: Range<Int>) { for gap in gaps { isCrossed[gap] = true } }
    for arrow in figure.arrows { cross(arrow.from + (arcs[arrow] == nil ? 2 : 1)..<arrow.to + 1) }
    let frames = figure.frames
    for (index, _) in chain.frames {
      if let first = frames[index].members.first, let last = frames[index].members.last, first < last {
        cross(first + 1..<last + 1)
      }
    }
    let starts = figure.boxes.indices.filter { !isCrossed[$0] }
    return zip(starts, starts.dropFirst() + [figure.boxes.count]).map { $0..<$1 }
  }
}

/// The ways of the arrows, with x across and y along.
private struct ArrowPaths {
  typealias Measure = FigureLayout.Measure

  private let columns: Columns
  private let outgoing: [Int]

  init(_ figure: Figure, _ columns: Columns) {
    self.columns = columns
    var outgoing = [Int](repeating: 0, count: figure.boxes.count)
    for arrow in figure.arrows { outgoing[arrow.from] += 1 }
    self.outgoing = outgoing
  }

  func path(of arrow: Figure.Arrow) -> Path {
    let (from, to) = (columns.boxes[arrow.from], columns.boxes[arrow.to])
    if let arc = columns.arcs[arrow] { return path(from, to, along: arc) }
    let (start, end) = (Point(from.center.x, from.bottom), Point(to.center.x, to.top))
    if let turn = columns.turns[arrow] {
      return Path(through: [
        start, Point(start.x, turn.along), Point(turn.across, turn.along),
        Point(turn.across, -Measure.turn / 2), Point(end.x, -Measure.turn / 2), end,
      ])
    }
    var path = Path(from: start)
    if abs(start.x - end.x) < 0.01 {
      path.line(to: end)
      return path
    }
    // The bend lies close to the fork or the join, so that the rest of the way is straight beside the branches.
    let isFork = outgoing[arrow.from] > 1
    let spread = min(Measure.spread, end.y - start.y)
    let bend = isFork ? start.y : end.y - spread
    path.line(to: Point(start.x, bend))
    path.curve(
      Point(start.x, bend + spread / 2), Point(end.x, bend + spread / 2), to: Point(end.x, bend + spread))
    path.line(to: end)
    return path
  }

  /// From the side of one box, out to where the arc is, and back to the side of the other.
  private func path(_ from: Graphics.Box, _ to: Graphics.Box, along arc: Arc) -> Path {
    let (start, end) = (Point(from.right, from.center.y), Point(to.right, to.center.y))
    let corner = Measure.corner
    var path = Path(from: start)
    if !arc.isCurved {
      let x = arc.across
      path.line(to: Point(x - corner, start.y))
      path.curve(Point(x, start.y), Point(x, start.y), to: Point(x, start.y + corner))
      path.line(to: Point(x, end.y - corner))
      path.curve(Point(x, end.y), Point(x, end.y), to: Point(x - corner, end.y))
      path.line(to: end)
      return path
    }
    // A cubic curve reaches three quarters of the way to its control points.
    let reach = max(start.x, end.x) + (arc.across - max(start.x, end.x)) * 4 / 3
    path.curve(Point(reach, start.y), Point(reach, end.y), to: end)
    return path
  }
}
