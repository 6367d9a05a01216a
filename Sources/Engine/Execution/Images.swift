import TensorCore

extension ActivationLayout {
  /// Copies rows of images, counted over the whole batch, from `[N, C, H, W]` to this layout.
  func copyImages(
    rows: Range<Int>, from images: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let (image, y) = row.quotientAndRemainder(dividingBy: height)
      let pixels = target + row * width * pixelStride
      for channel in 0..<channels {
        let source = images + ((image * channels + channel) * height + y) * width
        for x in 0..<width { pixels[x * pixelStride + channel] = source[x] }
      }
    }
  }
}
