import TensorCore

/// How the results of a Winograd convolution are cut into tiles of m×m, and which pixels of the input a tile sees.
struct WinogradTiles: Sendable {
  /// Results of a tile in each direction.
  let m: Int
  /// Points of a tile in each direction, and pixels of the input: n = m + r - 1.
  let side: Int
  private let rows: Int
  private let columns: Int
  private let geometry: ConvolutionGeometry

  /// The tiles of a convolution with a square kernel and stride 1.
  init(_ geometry: ConvolutionGeometry, m: Int) {
    self.geometry = geometry
    self.m = m
    side = m + geometry.window.height.kernel - 1
    rows = geometry.output.height.dividedRoundingUp(by: m)
    columns = geometry.output.width.dividedRoundingUp(by: m)
  }

  /// Tiles of all images.
  var count: Int { geometry.output.batch * rows * columns }

  /// Points of a tile.
  var points: Int { side * side }

  /// Floats of scratch that hold a pointer for each pixel that a tile sees.
  var pointerFloats: Int {
    (points * MemoryLayout<UnsafePointer<Float>>.stride / MemoryLayout<Float>.stride).roundedUp(to: 16)
  }

  /// Those pointers, at the start of a scratch.
  func pointers(in scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UnsafePointer<Float>?> {
    UnsafeMutableRawPointer(scratch).bindMemory(to: UnsafePointer<Float>?.self, capacity: points)
  }

  /// The image of a tile, and the row and the column of its first result.
  func firstResult(of tile: Int) -> (image: Int, y: Int, x: Int) {
    let inImage = tile % (rows * columns)
    return (tile / (rows * columns), inImage / columns * m, inImage % columns * m)
  }

  /// Floats from one point to the next where `tiles` tiles with `channels` values at each point lie together.
  ///
  /// An odd number of cache lines: a transform touches all points of a tile at once, and with an even number
  /// they would crowd into a few sets of the cache.
  static func pointStride(tiles: Int, channels: Int) -> Int {
    let line = 16
    return ((tiles * channels).dividedRoundingUp(by: line) | 1) * line
  }

  /// Writes where the n² pixels of the input lie that a tile sees: `zeros` in the padding.
  func pointAtInput(
    ofTile tile: Int, _ input: UnsafePointer<Float>, zeros: UnsafePointer<Float>,
    _ pixels: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let (image, y, x) = firstResult(of: tile)
    geometry.input.pointAtSquare(
      side, image: image, top: y - geometry.window.height.padding, left: x - geometry.window.width.padding,
      input,
      zeros: zeros, pixels)
  }

  /// Writes where the m² results of a tile lie: `zeros` beyond the edge of the image.
  func pointAtResults(
    ofTile tile: Int, _ output: UnsafePointer<Float>, zeros: UnsafePointer<Float>,
    _ pixels: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let (image, y, x) = firstResult(of: tile)
    geometry.output.pointAtSquare(m, image: image, top: y, left: x, output, zeros: zeros, pixels)
  }
}

extension ActivationLayout {
  /// Writes where the pixels of a square lie, row by row: `zeros` for those outside the image.
  fileprivate func pointAtSquare(
    _ side: Int, image: Int, top: Int, left: Int, _ pointer: UnsafePointer<Float>,
    zeros: UnsafePointer<Float>,
    _ pixels: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let first = min(max(-left, 0), side)
    let end = max(min(side, width - left), first)
    for i in 0..<side {
      let y = top + i
      let row = pixels + i * side
      if y < 0 || y >= height {
        row.update(repeating: zeros, count: side)
        continue
      }
      let start = pointer + ((image * height + y) * width + left) * pixelStride
      row.update(repeating: zeros, count: first)
      for j in first..<end { row[j] = start + j * pixelStride }
      (row + end).update(repeating: zeros, count: side - end)
    }
  }
}
