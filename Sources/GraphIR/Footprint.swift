/// Which input pixels one output pixel sees: what a receptive field is computed from.
package enum Footprint: Hashable, Sendable {
  /// The pixel at the same position.
  case pixel
  /// A window, by height and width.
  case window(kernel: [Int], stride: [Int], dilation: [Int])
  /// Every pixel.
  case whole
}
