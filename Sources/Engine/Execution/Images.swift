import Kernels
import TensorCore

extension ActivationLayout {
  /// Copies one of several parts of a batch of images, cut between rows, from `[N, C, H, W]` to this layout, in its
  /// format.
  func copyImages(
    part: Int, of parts: Int, from images: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>
  ) {
    let rows = batch * height
    for row in rows * part / parts..<rows * (part + 1) / parts {
      let (image, y) = row.quotientAndRemainder(dividingBy: height)
      let source = images + (image * channels * height + y) * width
      if let quantization {
        let bytes = UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt8.self)
        Int8Elementwise.quantizeRow(
          source, planeStride: height * width, count: width, channels: channels,
          into: MutableBytePixels(bytes + row * width * pixelStride, stride: pixelStride, quantization),
          kernels: .best)
      } else {
        Elementwise.interleavePlanes(
          source, planeStride: height * width, count: width, channels: channels,
          into: MutablePixels(target, stride: pixelStride, format).from(row * width), kernels: .best)
      }
    }
  }

  /// The values in the order of `[N, C, H, W]`.
  func dense(_ first: UnsafePointer<Float>) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(pixels * channels)
    for image in 0..<batch {
      for channel in 0..<channels {
        for pixel in 0..<pixelsPerImage {
          values.append(first[(image * pixelsPerImage + pixel) * pixelStride + channel])
        }
      }
    }
    return values
  }
}
