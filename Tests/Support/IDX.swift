/// The bytes of MNIST's files.
package enum IDX {
  /// Images of one size, `[N, H, W]`.
  package static func images(_ pixels: [UInt8], height: Int, width: Int) -> [UInt8] {
    word(0x803) + word(pixels.count / (height * width)) + word(height) + word(width) + pixels
  }

  /// Labels.
  package static func labels(_ labels: [UInt8]) -> [UInt8] { word(0x801) + word(labels.count) + labels }

  /// A number in a header: four bytes, the highest first.
  package static func word(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}
