import TensorCore

extension ActivationLayout {
  /// Copies one of several parts of a batch of images, cut between rows, from `[N, C, H, W]` to this layout.
  func copyImages(
    part: Int, of parts: Int, from images: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let rows = batch * height
    for row in rows * part / parts..<rows * (part + 1) / parts {
      let (image, y) = row.quotientAndRemainder(dividingBy: height)
      let pixels = target + row * width * pixelStride
      for channel in 0..<channels {
        let source = images + ((image * channels + channel) * height + y) * width
        for x in 0..<width { pixels[x * pixelStride + channel] = source[x] }
      }
    }
  }
}
