/// How bytes stand for real numbers: real = scale · (byte - zeroPoint).
///
/// Jacob and others, "Quantization and training of neural networks for efficient integer-arithmetic-only inference", CVPR
/// 2018, section 2.1. Zero is a byte, so that padding is exact.
package struct Quantization: Hashable, Sendable {
  /// What one step of a byte stands for: finite, above 0.
  package let scale: Float
  /// The byte that stands for 0.
  package let zeroPoint: UInt8

  /// A quantization from its parts.
  package init(scale: Float, zeroPoint: UInt8) {
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// The finest that represents a range, which is widened to hold 0, and 0 exactly.
  package init(covering range: ClosedRange<Float>) {
    let (low, high) = (min(range.lowerBound, 0), max(range.upperBound, 0))
    // A value that is always 0 has any scale.
    let scale = high > low ? max((high - low) / 255, .leastNormalMagnitude) : 1
    self.init(scale: scale, zeroPoint: UInt8(min(max((-low / scale).rounded(), 0), 255)))
  }

  /// The real number that a byte stands for.
  package func real(_ byte: UInt8) -> Float { scale * (Float(byte) - Float(zeroPoint)) }
}
