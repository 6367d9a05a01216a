/// How an operator is drawn in a figure of the network.
package struct Depiction: Hashable, Sendable {
  /// What an operator is drawn as: it decides the color of its box, and which boxes take what.
  package enum Kind: Hashable, Sendable {
    case convolution
    case linear
    case pool
    case norm
    case activation
    case sum
    case concatenation
    case other
  }

  /// What stands in its box: `3×3 conv, 64, /2`.
  package let label: String
  /// What it is drawn as.
  package let kind: Kind
  /// Whether it is drawn as part of the box beside it, where that takes it: a norm or an activation.
  package let isAttached: Bool
  /// Whether the box in front of it says so: batch norms are behind nearly every convolution, and papers do not name them.
  package let isNamed: Bool

  /// A depiction from its parts.
  package init(_ label: String, _ kind: Kind, isAttached: Bool = false, isNamed: Bool = true) {
    self.label = label
    self.kind = kind
    self.isAttached = isAttached
    self.isNamed = isNamed
  }
}
