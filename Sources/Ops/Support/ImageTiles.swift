import TensorCore

/// Divides the pixels of each image into tiles, the work items of operators that treat images differently.
struct ImageTiles: Sendable {
  private let images: Int
  private let pixelsPerImage: Int
  private let pixelsPerTile: Int

  /// Tiles of about 32,768 elements, like ``PixelTiles``.
  init(_ layout: ActivationLayout) {
    images = layout.batch
    pixelsPerImage = layout.pixelsPerImage
    pixelsPerTile = max(32_768 / max(layout.channels, 1), 1)
  }

  private var tilesPerImage: Int { pixelsPerImage.dividedRoundingUp(by: pixelsPerTile) }

  /// Number of tiles.
  var count: Int { images * tilesPerImage }

  /// The image of a tile, its first pixel in the batch, and its number of pixels.
  func pixels(of tile: Int) -> (image: Int, first: Int, count: Int) {
    let (image, part) = tile.quotientAndRemainder(dividingBy: tilesPerImage)
    let first = part * pixelsPerTile
    return (image, image * pixelsPerImage + first, min(pixelsPerTile, pixelsPerImage - first))
  }
}
