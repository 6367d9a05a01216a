import TensorCore

/// Numbers over an image: how much each place matters.
package struct HeatMap: Hashable, Sendable {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// The numbers, row by row.
  package let values: [Float]

  /// A map from its extents and values.
  package init(height: Int, width: Int, values: [Float]) {
    precondition(values.count == height * width, "as many values as the extents say")
    self.height = height
    self.width = width
    self.values = values
  }

  /// The map from 0 to 1: what is below zero becomes 0, the largest number 1; all zero where nothing is above zero.
  package var normalized: HeatMap {
    let largest = values.max() ?? 0
    return HeatMap(
      height: height, width: width, values: values.map { largest > 0 ? max($0, 0) / largest : 0 })
  }

  /// The map at another size, interpolated linearly between the centers of its cells.
  package func resized(height rows: Int, width columns: Int) -> HeatMap {
    func weights(_ index: Int, of count: Int, over cells: Int) -> (Int, Int, Float) {
      let place = (Float(index) + 0.5) * Float(cells) / Float(count) - 0.5
      let first = min(max(Int(place.rounded(.down)), 0), cells - 1)
      return (first, min(first + 1, cells - 1), min(max(place - Float(first), 0), 1))
    }
    var result: [Float] = []
    result.reserveCapacity(rows * columns)
    for row in 0..<rows {
      let (top, bottom, down) = weights(row, of: rows, over: height)
      for column in 0..<columns {
        let (left, right, along) = weights(column, of: columns, over: width)
        let upper = values[top * width + left] * (1 - along) + values[top * width + right] * along
        let lower = values[bottom * width + left] * (1 - along) + values[bottom * width + right] * along
        result.append(upper * (1 - down) + lower * down)
      }
    }
    return HeatMap(height: rows, width: columns, values: result)
  }
}
