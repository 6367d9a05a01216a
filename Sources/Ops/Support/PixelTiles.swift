import TensorCore

/// Divides the pixels of an activation into tiles, the work items of operators that do little per pixel.
struct PixelTiles: Sendable {
  private let pixels: Int
  private let pixelsPerTile: Int

  /// Tiles of about 32,768 elements: a few microseconds each, and 128 KB, which fits into L2.
  init(_ layout: ActivationLayout) {
    pixels = layout.pixels
    pixelsPerTile = max(32_768 / max(layout.channels, 1), 1)
  }

  /// Number of tiles.
  var count: Int { pixels.dividedRoundingUp(by: pixelsPerTile) }

  /// First pixel and number of pixels of a tile.
  func pixels(of tile: Int) -> (first: Int, count: Int) {
    let first = tile * pixelsPerTile
    return (first, min(pixelsPerTile, pixels - first))
  }
}
