/// What in a training step was not finite.
package enum NonFinite: Hashable, Sendable, CustomStringConvertible {
  /// A pixel of the images.
  case image
  /// An element of a parameter, by its name.
  case parameter(String)
  /// An element of a node's result, by the node's path.
  case result(String)

  /// What it was, as part of a message.
  package var description: String {
    switch self {
    case .image: "the images"
    case .parameter(let name): "parameter \(name)"
    case .result(let node): "the result of \(node)"
    }
  }
}
