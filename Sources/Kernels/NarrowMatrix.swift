import TensorCore

/// A matrix of weights that are stored in two bytes each and widened as they are read.
package protocol NarrowMatrix: Sendable {
  /// The type of the stored weights: `f16`.
  static var type: String { get }

  /// Floats of the packed matrix.
  var floats: Int { get }

  /// Rounds weights `[rows, columns]`.
  func pack(
    _ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, kernels: KernelSet)

  /// output[r] = act(bias[r] + Σ weights[r][k] · input[k]) for some rows; bias and output start at the first of them.
  func multiply(
    rows: Range<Int>, of packed: UnsafePointer<Float>, _ input: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, _ activation: Activation, into output: UnsafeMutablePointer<Float>,
    kernels: KernelSet)

  /// The weights of some rows as float32, `[rows, columns]`.
  func widen(
    rows: Range<Int>, of packed: UnsafePointer<Float>, into weights: UnsafeMutablePointer<Float>,
    kernels: KernelSet)
}
