import GraphIR
import Ops
import TensorCore

extension Scope {
  /// `input` at `size × size`: an adaptive average pool where it has a different size.
  ///
  /// For layers that only fit one size of image; at that size there is no pool.
  func fitted(_ input: Value, to size: Int) throws(GraphError) -> Value {
    if input.shape.height == size && input.shape.width == size { return input }
    return try adaptiveAveragePool(input, to: size)
  }

  /// The same where `input` is smaller than `size × size`; larger feature maps stay as they are.
  func atLeast(_ size: Int, _ input: Value) throws(GraphError) -> Value {
    if input.shape.height >= size && input.shape.width >= size { return input }
    return try adaptiveAveragePool(input, to: size)
  }
}
