import Kernels
import TensorCore

/// Sums over all pixels, one a channel: tiles of pixels first, then the tiles in order.
struct ChannelSums: Sendable {
  private let layout: ActivationLayout
  private let tiles: PixelTiles

  init(_ layout: ActivationLayout) {
    self.layout = layout
    tiles = PixelTiles(layout)
  }

  /// Tiles of the first part.
  var tileCount: Int { tiles.count }

  /// Floats of the sums of all tiles.
  var scratchCount: Int { tiles.count * layout.channels }

  /// First pixel and number of pixels of a tile.
  func pixels(of tile: Int) -> (first: Int, count: Int) { tiles.pixels(of: tile) }

  /// Sums the pixels of one tile.
  func add(tile: Int, of values: UnsafePointer<Float>, into sums: UnsafeMutablePointer<Float>) {
    let (first, count) = tiles.pixels(of: tile)
    Pooling.sum(
      values + first * layout.pixelStride, stride: layout.pixelStride, pixels: count,
      channels: layout.channels, factor: 1, into: sums + tile * layout.channels, kernels: .best)
  }

  /// Adds up the tiles.
  func finish(_ sums: UnsafePointer<Float>, into total: UnsafeMutablePointer<Float>) {
    Pooling.sum(
      sums, stride: layout.channels, pixels: tiles.count, channels: layout.channels, factor: 1,
      into: total, kernels: .best)
  }
}
