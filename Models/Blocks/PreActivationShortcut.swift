import GraphIR
import Ops
import TensorCore

extension Scope {
  /// The shortcut of a pre-activation block: the input itself or, where the block changes its shape, a 1×1 projection
  /// of the input after the batch norm and ReLU that both branches share.
  ///
  /// As in the authors' code, the projection has no batch norm of its own.
  func preActivationShortcut(
    _ name: String, _ input: Value, activated: Value, to channels: Int, stride: Int
  ) throws(GraphError) -> Value {
    if stride == 1 && input.shape.channels == channels { return input }
    return try conv(name, activated, to: channels, kernel: 1, stride: stride)
  }
}
