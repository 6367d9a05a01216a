/// The memory layout of an activation: channels last, pixel by pixel, row by row.
///
/// The `channels` values of a pixel are adjacent, and the next pixel starts `pixelStride` values later. With
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
  /// Values from one pixel to the next; at least `channels`.
  package let pixelStride: Int
  /// How a value is stored.
  package let format: ValueFormat

  /// The layout of a shape `[N, C, H, W]` or `[N, C]`, dense unless a pixel stride is given.
  package init(_ shape: Shape, pixelStride: Int? = nil, format: ValueFormat = .float32) {
    batch = shape.batch
    channels = shape.channels
    height = shape.height
    width = shape.width
    self.pixelStride = pixelStride ?? shape.channels
    self.format = format
  }

  /// A layout of floats without gaps.
  package init(batch: Int, height: Int, width: Int, channels: Int) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    pixelStride = channels
    format = .float32
  }

  /// Pixels of one image.
  package var pixelsPerImage: Int { height * width }

  /// Pixels of the whole batch.
  package var pixels: Int { batch * height * width }

  /// Whether there are no gaps between pixels.
  package var isDense: Bool { pixelStride == channels }

  /// What bytes stand for; `nil` where values are no bytes.
  package var quantization: Quantization? { format.quantization }

  /// Floats of memory from the first value to the last, both included.
  package var extent: Int {
    if pixels == 0 { return 0 }
    let values = (pixels - 1) * pixelStride + channels
    return (values * format.size).dividedRoundingUp(by: MemoryLayout<Float>.stride)
  }
}
