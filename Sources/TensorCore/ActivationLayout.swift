/// The memory layout of an activation: channels last, pixel by pixel, row by row.
///
/// The `channels` values of a pixel are adjacent, and the next pixel starts `pixelStride` floats later. With
/// a pixel stride larger than the channel count, a branch writes straight into the buffer of the
/// concatenation that follows it.
package struct ActivationLayout: Hashable, Sendable {
  /// Images.
  package let batch: Int
  /// Rows of an image.
  package let height: Int
  /// Columns of an image.
  package let width: Int
  /// Values of a pixel.
  package let channels: Int
  /// Floats from one pixel to the next; at least `channels`.
  package let pixelStride: Int

  /// The layout of a shape `[N, C, H, W]` or `[N, C]`, dense unless a pixel stride is given.
  package init(_ shape: Shape, pixelStride: Int? = nil) {
    batch = shape.batch
    channels = shape.channels
    height = shape.height
    width = shape.width
    self.pixelStride = pixelStride ?? shape.channels
  }

  /// Pixels of one image.
  package var pixelsPerImage: Int { height * width }

  /// Pixels of the whole batch.
  package var pixels: Int { batch * height * width }

  /// Whether there are no gaps between pixels.
  package var isDense: Bool { pixelStride == channels }

  /// Floats from the first element to the last, both included.
  package var extent: Int { pixels == 0 ? 0 : (pixels - 1) * pixelStride + channels }
}
