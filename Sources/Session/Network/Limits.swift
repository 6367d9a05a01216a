/// How large the numbers of a request may be.
///
/// Far beyond what a machine can run, and small enough that no product of them overflows.
package enum Limits {
  /// Rows, columns or channels of an image.
  package static let side = 1...65_536
  /// Images in a batch.
  package static let batch = 1...65_536
  /// Threads.
  package static let threads = 1...1024
  /// Outputs of the head.
  package static let classes = 1...16_777_216
  /// Values in a batch of inputs.
  package static let inputValues = 1 << 31
}
