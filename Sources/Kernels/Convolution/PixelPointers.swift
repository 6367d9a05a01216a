import TensorCore

extension ConvolutionGeometry {
  /// Writes the address of the input pixel for each element of the kernel and then for each output pixel,
  /// `zeros` in the padding.
  func pointAtPixels(
    of pixels: Range<Int>, input pointer: UnsafePointer<Float>, zeros: UnsafePointer<Float>,
    _ rows: UnsafeMutablePointer<UnsafeRawPointer?>
  ) {
    let vertical = window.height
    let horizontal = window.width
    let count = pixels.count
    var place = OutputPlace(pixels.lowerBound, in: output)
    for m in 0..<count {
      let top = place.y * vertical.stride - vertical.leadingPadding
      let left = place.x * horizontal.stride - horizontal.leadingPadding
      var slot = m
      for ky in 0..<vertical.kernel {
        let y = top + ky * vertical.dilation
        let rowIsInside = y >= 0 && y < input.height
        let row = (place.image * input.height + y) * input.width
        for kx in 0..<horizontal.kernel {
          let x = left + kx * horizontal.dilation
          rows[slot] =
            UnsafeRawPointer(
              rowIsInside && x >= 0 && x < input.width ? pointer + (row + x) * input.pixelStride : zeros)
          slot += count
        }
      }
      place.advance(in: output)
    }
  }
}

/// Image, row and column of an output pixel; advancing to the next one takes no division.
struct OutputPlace {
  private(set) var image: Int
  private(set) var y: Int
  private(set) var x: Int

  init(_ pixel: Int, in output: ActivationLayout) {
    image = pixel / output.pixelsPerImage
    let inImage = pixel % output.pixelsPerImage
    y = inImage / output.width
    x = inImage % output.width
  }

  mutating func advance(in output: ActivationLayout) {
    x += 1
    if x < output.width { return }
    x = 0
    y += 1
    if y < output.height { return }
    y = 0
    image += 1
  }
}
