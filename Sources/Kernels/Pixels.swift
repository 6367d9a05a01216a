import CKernels

/// Pixels of a tensor, channels last: an address, and the floats from pixel to pixel.
///
/// The rows of a matrix are pixels too.
package struct Pixels {
  /// First channel of the first pixel.
  package let pointer: UnsafePointer<Float>
  /// Floats from pixel to pixel.
  package let stride: Int

  /// Pixels from their address.
  @inlinable package init(_ pointer: UnsafePointer<Float>, stride: Int) {
    self.pointer = pointer
    self.stride = stride
  }

  /// The pixels from `pixel` on, and of each the channels from `channel` on.
  @inlinable package func from(_ pixel: Int, channel: Int = 0) -> Pixels {
    Pixels(pointer + pixel * stride + channel, stride: stride)
  }
}

/// Pixels that are written.
package struct MutablePixels {
  /// First channel of the first pixel.
  package let pointer: UnsafeMutablePointer<Float>
  /// Floats from pixel to pixel.
  package let stride: Int

  /// Pixels from their address.
  @inlinable package init(_ pointer: UnsafeMutablePointer<Float>, stride: Int) {
    self.pointer = pointer
    self.stride = stride
  }

  /// The pixels from `pixel` on, and of each the channels from `channel` on.
  @inlinable package func from(_ pixel: Int, channel: Int = 0) -> MutablePixels {
    MutablePixels(pointer + pixel * stride + channel, stride: stride)
  }

  /// Sets `channels` values of each pixel to zero.
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
  package init(_ pixels: MutablePixels) { self.init(UnsafePointer(pixels.pointer), stride: pixels.stride) }
}

extension ck_pixels {
  init(_ pixels: Pixels) { self.init(first: pixels.pointer, stride: pixels.stride) }
  init(_ pixels: MutablePixels) { self.init(Pixels(pixels)) }
  init(_ pixels: Pixels?) { self.init(first: pixels?.pointer, stride: pixels?.stride ?? 0) }
}

extension ck_output_pixels {
  init(_ pixels: MutablePixels) { self.init(first: pixels.pointer, stride: pixels.stride) }
}
