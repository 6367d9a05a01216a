import Kernels
import TensorCore

/// Sums over all pixels, one for each channel: over tiles of pixels first, then over the tiles in order.
struct ChannelSums: Sendable {
  private let layout: ActivationLayout
  private let tiles: PixelTiles

  init(_ layout: ActivationLayout) {
    self.layout = layout
    tiles = PixelTiles(layout)
  }

  /// Tiles of pixels.
  var tileCount: Int { tiles.count }

  /// Floats of the sums of all tiles.
  var scratchCount: Int { tiles.count * layout.channels }

  /// First pixel and number of pixels of a tile.
  func pixels(of tile: Int) -> (first: Int, count: Int) { tiles.pixels(of: tile) }

  /// Sums the pixels of one tile.
  func add(tile: Int, of values: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>) {
    let (first, count) = tiles.pixels(of: tile)
    Pooling.sum(
      Pixels(values, stride: layout.pixelStride).from(first), count: count, channels: layout.channels,
      into: sums + tile * layout.channels, kernels: .best)
  }

  /// Adds the sums of the tiles.
  func finish(_ sums: UnsafePointer<Float>, into total: UnsafeMutablePointer<Float>) {
    Pooling.sum(
      Pixels(sums, stride: layout.channels), count: tiles.count, channels: layout.channels, into: total,
      kernels: .best)
  }
}
