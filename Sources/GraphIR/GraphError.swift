import TensorCore

/// Why an operator cannot take the shapes that it was given.
package enum ShapeError: Error, Hashable, Sendable {
  /// A window that does not fit even once into the padded input.
  case windowTooLarge(axis: String, input: Int, padding: Int, kernel: Int, dilation: Int)
  /// A number of channels that is not a multiple of the number of groups.
  case indivisibleChannels(channels: Int, groups: Int)
  /// Inputs whose shapes should match and do not.
  case mismatch(expected: Shape, found: Shape)
  /// An input with the wrong number of axes.
  case wrongRank(expected: Int, found: Shape)
  /// An input with the wrong number of channels or features.
  case wrongChannels(expected: Int, found: Int)
  /// A shape whose number of elements overflows.
  case tooLarge(Shape)
  /// An input without elements.
  case empty(Shape)
}

extension ShapeError: CustomStringConvertible {
  /// One line with the arithmetic.
  package var description: String {
    switch self {
    case .windowTooLarge(let axis, let input, let padding, let kernel, let dilation):
      "\(axis): kernel \(kernel)"
        + (dilation == 1 ? "" : " with dilation \(dilation), \(dilation * (kernel - 1) + 1) wide,")
        + " does not fit into input \(input)" + (padding == 0 ? "" : " with \(padding) of padding")
        + ": use a larger input"
    case .indivisibleChannels(let channels, let groups):
      "\(channels) channels do not divide into \(groups) groups"
    case .mismatch(let expected, let found):
      "inputs disagree: \(expected) expected, \(found) found"
    case .wrongRank(let expected, let found):
      "an input with \(expected) axes expected, \(found) found"
    case .wrongChannels(let expected, let found):
      "\(expected) channels expected, \(found) found"
    case .empty(let shape):
      "\(shape) has no elements: every extent must be at least 1"
    case .tooLarge(let shape):
      "\(shape) is too large"
    }
  }
}

/// Why a network cannot be built: the node, and what its operator found.
package struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Path of the node: `layer1.0.conv1`.
  package let node: String
  /// What is wrong with its inputs.
  package let reason: ShapeError

  /// An error at a node.
  package init(node: String, reason: ShapeError) {
    self.node = node
    self.reason = reason
  }

  /// Node and reason on one line.
  package var description: String { "\(node): \(reason)" }
}
