import CKernels
import TensorCore

/// Pixels of a tensor, channels last: an address, and the values from pixel to pixel.
///
/// The rows of a matrix are pixels too.
package struct Pixels {
  /// First channel of the first pixel.
  package let address: UnsafeRawPointer
  /// Values from pixel to pixel.
  package let stride: Int
  /// How values are stored: as floats, or in bfloat16.
  package let format: ValueFormat

  /// Pixels from their address.
  @inlinable package init(_ address: UnsafeRawPointer, stride: Int, _ format: ValueFormat = .float32) {
    self.address = address
    self.stride = stride
    self.format = format
  }

  /// The first channel of the first pixel, of floats.
  @inlinable package var pointer: UnsafePointer<Float> { address.assumingMemoryBound(to: Float.self) }

  /// The pixels from `pixel` on, and of each the channels from `channel` on.
  @inlinable package func from(_ pixel: Int, channel: Int = 0) -> Pixels {
    Pixels(address + (pixel * stride + channel) * format.size, stride: stride, format)
  }
}

/// Pixels that are written.
package struct MutablePixels {
  /// First channel of the first pixel.
  package let address: UnsafeMutableRawPointer
  /// Values from pixel to pixel.
  package let stride: Int
  /// How values are stored: as floats, or in bfloat16.
  package let format: ValueFormat

  /// Pixels from their address.
  @inlinable package init(_ address: UnsafeMutableRawPointer, stride: Int, _ format: ValueFormat = .float32) {
    self.address = address
    self.stride = stride
    self.format = format
  }

  /// The first channel of the first pixel, of floats.
  @inlinable package var pointer: UnsafeMutablePointer<Float> { address.assumingMemoryBound(to: Float.self) }

  /// The pixels from `pixel` on, and of each the channels from `channel` on.
  @inlinable package func from(_ pixel: Int, channel: Int = 0) -> MutablePixels {
    MutablePixels(address + (pixel * stride + channel) * format.size, stride: stride, format)
  }

  /// Sets `channels` floats of each pixel to zero.
  package func clear(pixels: Int, channels: Int) {
    if stride == channels {
      pointer.update(repeating: 0, count: pixels * channels)
      return
    }
    for pixel in 0..<pixels { (pointer + pixel * stride).update(repeating: 0, count: channels) }
  }
}

extension Pixels {
  /// The same pixels, to be read.
  package init(_ pixels: MutablePixels) { self.init(pixels.address, stride: pixels.stride, pixels.format) }
}

extension ck_pixels {
  init(_ pixels: Pixels) { self.init(first: pixels.address, stride: pixels.stride) }
  init(_ pixels: MutablePixels) { self.init(Pixels(pixels)) }
  init(_ pixels: Pixels?) { self.init(first: pixels?.address, stride: pixels?.stride ?? 0) }
}

extension ck_output_pixels {
  init(_ pixels: MutablePixels) { self.init(first: pixels.address, stride: pixels.stride) }
}
