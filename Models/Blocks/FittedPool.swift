import GraphIR
import Ops
import TensorCore

extension Scope {
  /// `input` with maps of `size × size`: an adaptive average pool where they have another size.
  ///
  /// It stands before layers that were made for one size of image, and is absent at that size.
  func fitted(_ input: Value, to size: Int) throws(GraphError) -> Value {
    if input.shape.height == size && input.shape.width == size { return input }
    return try adaptiveAveragePool(input, to: size)
  }

  /// The same where the maps are smaller than `size × size`; larger ones stay as they are.
  func atLeast(_ size: Int, _ input: Value) throws(GraphError) -> Value {
    if input.shape.height >= size && input.shape.width >= size { return input }
    return try adaptiveAveragePool(input, to: size)
  }
}
