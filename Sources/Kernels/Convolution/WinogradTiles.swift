import TensorCore

/// Divides the results of a convolution into Winograd tiles of m×m, and finds the input pixels of a tile.
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

  /// Floats of scratch for a pointer to each input pixel of a tile.
  var pointerFloats: Int {
    (points * MemoryLayout<UnsafeRawPointer>.stride / MemoryLayout<Float>.stride).roundedUp(to: 16)
  }

  /// These pointers, at the start of a scratch.
  func pointers(in scratch: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UnsafeRawPointer?> {
    UnsafeMutableRawPointer(scratch).bindMemory(to: UnsafeRawPointer?.self, capacity: points)
  }

  /// The image of a tile, and the row and the column of its first result.
  func firstResult(of tile: Int) -> (image: Int, y: Int, x: Int) {
    let inImage = tile % (rows * columns)
    return (tile / (rows * columns), inImage / columns * m, inImage % columns * m)
  }

  /// Floats from a point to the next for `tiles` tiles with `channels` values at each point.
  ///
  /// An odd number of cache lines: a transform accesses all points of a tile together, and with an even
  /// number they would compete for a few sets of the cache.
  static func pointStride(tiles: Int, channels: Int) -> Int {
    let line = 16
    return ((tiles * channels).dividedRoundingUp(by: line) | 1) * line
  }

  /// Writes the addresses of the n² input pixels of a tile, `zeros` in the padding.
  func pointAtInput(
    ofTile tile: Int, _ input: UnsafeRawPointer, zeros: UnsafeRawPointer,
    _ pixels: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    let (image, y, x) = firstResult(of: tile)
    geometry.input.pointAtSquare(
      side, image: image, top: y - geometry.window.height.leadingPadding,
      left: x - geometry.window.width.leadingPadding,
      input, zeros: zeros, pixels)
  }

  /// Writes the addresses of the m² results of a tile, `zeros` beyond the edge of the image.
  func pointAtResults(
    ofTile tile: Int, _ output: UnsafeRawPointer, zeros: UnsafeRawPointer,
    _ pixels: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    let (image, y, x) = firstResult(of: tile)
    geometry.output.pointAtSquare(m, image: image, top: y, left: x, output, zeros: zeros, pixels)
  }
}

extension ActivationLayout {
  /// Writes the addresses of the pixels of a square, row by row, `zeros` outside the image.
  fileprivate func pointAtSquare(
    _ side: Int, image: Int, top: Int, left: Int, _ pointer: UnsafeRawPointer, zeros: UnsafeRawPointer,
    _ pixels: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    let first = min(max(-left, 0), side)
    let end = max(min(side, width - left), first)
    let pixelBytes = pixelStride * format.size
    for i in 0..<side {
      let y = top + i
      let row = pixels + i * side
      if y < 0 || y >= height {
        row.update(repeating: zeros, count: side)
        continue
      }
      let start = pointer + ((image * height + y) * width + left) * pixelBytes
      row.update(repeating: zeros, count: first)
      for j in first..<end { row[j] = start + j * pixelBytes }
      (row + end).update(repeating: zeros, count: side - end)
    }
  }
}
