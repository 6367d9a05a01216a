import Glibc

/// A place in a drawing: x to the right, y downward.
package struct Point: Hashable, Sendable {
  /// Distance from the left edge.
  package var x: Double
  /// Distance from the upper edge.
  package var y: Double

  /// A point from its coordinates.
  package init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// An upright rectangle.
package struct Box: Hashable, Sendable {
  /// Its left edge.
  package var left: Double
  /// Its upper edge.
  package var top: Double
  /// Its right edge.
  package var right: Double
  /// Its lower edge.
  package var bottom: Double

  /// A box from its edges.
  package init(left: Double, top: Double, right: Double, bottom: Double) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  /// A box around its middle.
  package init(around center: Point, width: Double, height: Double) {
    self.init(
      left: center.x - width / 2, top: center.y - height / 2, right: center.x + width / 2,
      bottom: center.y + height / 2)
  }

  /// Its extent from left to right.
  package var width: Double { right - left }
  /// Its extent from top to bottom.
  package var height: Double { bottom - top }
  /// Its middle.
  package var center: Point { Point((left + right) / 2, (top + bottom) / 2) }

  /// Whether some of `other` lies inside.
  package func overlaps(_ other: Box) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  /// Whether all of `other` lies inside.
  package func contains(_ other: Box) -> Bool {
    left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
  }

  /// Whether a point lies inside.
  package func contains(_ point: Point) -> Bool {
    left < point.x && point.x < right && top < point.y && point.y < bottom
  }

  /// How far away `point` is; 0 inside.
  package func distance(to point: Point) -> Double {
    hypot(max(left - point.x, point.x - right, 0), max(top - point.y, point.y - bottom, 0))
  }

  /// The smallest box around both.
  package func joined(with other: Box) -> Box {
    Box(
      left: min(left, other.left), top: min(top, other.top), right: max(right, other.right),
      bottom: max(bottom, other.bottom))
  }

  /// The box somewhere else.
  package func moved(x: Double, y: Double) -> Box {
    Box(left: left + x, top: top + y, right: right + x, bottom: bottom + y)
  }

  /// The box with its edges moved outward.
  package func widened(by margin: Double) -> Box {
    Box(left: left - margin, top: top - margin, right: right + margin, bottom: bottom + margin)
  }
}

/// A line of straight and curved pieces.
package struct Path: Hashable, Sendable {
  /// A piece of the line, from where the one before it ends.
  package enum Piece: Hashable, Sendable {
    case line(to: Point)
    /// A cubic Bézier curve.
    case curve(Point, Point, to: Point)
  }

  /// Where it starts.
  package let start: Point
  /// Its pieces.
  package private(set) var pieces: [Piece] = []

  /// A line without pieces.
  package init(from start: Point) { self.start = start }

  /// A straight line through points.
  package init(through points: [Point]) {
    start = points.first ?? Point(0, 0)
    pieces = points.dropFirst().map { .line(to: $0) }
  }

  /// Adds a straight piece.
  package mutating func line(to point: Point) { pieces.append(.line(to: point)) }

  /// Adds a cubic curve.
  package mutating func curve(_ first: Point, _ second: Point, to point: Point) {
    pieces.append(.curve(first, second, to: point))
  }

  /// The path with every point replaced.
  package func map(_ change: (Point) -> Point) -> Path {
    var path = Path(from: change(start))
    path.pieces = pieces.map { piece in
      switch piece {
      case .line(let end): .line(to: change(end))
      case .curve(let first, let second, let end): .curve(change(first), change(second), to: change(end))
      }
    }
    return path
  }

  /// Points along the line, at most about `step` apart.
  package func points(every step: Double) -> [Point] {
    var points = [start]
    var last = start
    for piece in pieces {
      switch piece {
      case .line(let end):
        let count = max(1, Int((max(abs(end.x - last.x), abs(end.y - last.y)) / step).rounded(.up)))
        for index in 1...count {
          let share = Double(index) / Double(count)
          points.append(Point(last.x + (end.x - last.x) * share, last.y + (end.y - last.y) * share))
        }
        last = end
      case .curve(let first, let second, let end):
        let length = [first, second, end].reduce(0) { $0 + abs($1.x - last.x) + abs($1.y - last.y) }
        let count = max(4, Int((length / step).rounded(.up)))
        for index in 1...count {
          let t = Double(index) / Double(count)
          let weights = (
            (1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t), t * t * t
          )
          func mixed(_ part: (Point) -> Double) -> Double {
            weights.0 * part(last) + weights.1 * part(first) + weights.2 * part(second) + weights.3
              * part(end)
          }
          points.append(Point(mixed(\.x), mixed(\.y)))
        }
        last = end
      }
    }
    return points
  }
}
