import TensorCore

extension ActivationLayout {
  /// Copies rows of pictures, counted over the whole batch, from `[N, C, H, W]` to this layout.
  func copyPictures(
    rows: Range<Int>, from pictures: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    for row in rows {
      let (image, y) = row.quotientAndRemainder(dividingBy: height)
      let pixels = target + row * width * pixelStride
      for channel in 0..<channels {
        let source = pictures + ((image * channels + channel) * height + y) * width
        for x in 0..<width { pixels[x * pixelStride + channel] = source[x] }
      }
    }
  }
}
