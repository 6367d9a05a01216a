import TensorCore

extension ConvolutionGeometry {
  /// Writes, for each element of the kernel and then for each output pixel, where the input pixel lies that
  /// belongs there: `zeros` in the padding.
  func pointAtPixels(
    of pixels: Range<Int>, input pointer: UnsafePointer<Float>, zeros: UnsafePointer<Float>,
    _ rows: UnsafeMutablePointer<UnsafePointer<Float>?>
  ) {
    let vertical = window.height
    let horizontal = window.width
    let count = pixels.count
    for (m, pixel) in pixels.enumerated() {
      let image = pixel / output.pixelsPerImage
      let inImage = pixel % output.pixelsPerImage
      let top = inImage / output.width * vertical.stride - vertical.padding
      let left = inImage % output.width * horizontal.stride - horizontal.padding
      var slot = m
      for ky in 0..<vertical.kernel {
        let y = top + ky * vertical.dilation
        let rowIsInside = y >= 0 && y < input.height
        let row = (image * input.height + y) * input.width
        for kx in 0..<horizontal.kernel {
          let x = left + kx * horizontal.dilation
          rows[slot] =
            rowIsInside && x >= 0 && x < input.width ? pointer + (row + x) * input.pixelStride : zeros
          slot += count
        }
      }
    }
  }
}
