import CKernels
import TensorCore

/// Pixels of bytes, channels last: an address, and the bytes from pixel to pixel.
package struct BytePixels {
  /// First channel of the first pixel.
  package let pointer: UnsafePointer<UInt8>
  /// Bytes from pixel to pixel.
  package let stride: Int
  /// What the bytes stand for.
  package let quantization: Quantization

  /// Pixels from their address.
  package init(_ pointer: UnsafePointer<UInt8>, stride: Int, _ quantization: Quantization) {
    self.pointer = pointer
    self.stride = stride
    self.quantization = quantization
  }

  /// The same pixels from a channel on.
  package func from(channel: Int) -> BytePixels {
    BytePixels(pointer + channel, stride: stride, quantization)
  }

  var zero: Float { Float(quantization.zeroPoint) }
}

/// Pixels of bytes that are written.
package struct MutableBytePixels {
  /// First channel of the first pixel.
  package let pointer: UnsafeMutablePointer<UInt8>
  /// Bytes from pixel to pixel.
  package let stride: Int
  /// What the bytes stand for.
  package let quantization: Quantization

  /// Pixels from their address.
  package init(_ pointer: UnsafeMutablePointer<UInt8>, stride: Int, _ quantization: Quantization) {
    self.pointer = pointer
    self.stride = stride
    self.quantization = quantization
  }

  /// The same pixels from a channel on.
  package func from(channel: Int) -> MutableBytePixels {
    MutableBytePixels(pointer + channel, stride: stride, quantization)
  }
}

extension ck_byte_pixels {
  init(_ pixels: BytePixels) { self.init(first: pixels.pointer, stride: pixels.stride) }
}

extension ck_output_byte_pixels {
  init(_ pixels: MutableBytePixels) { self.init(first: pixels.pointer, stride: pixels.stride) }
}
