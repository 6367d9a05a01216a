/// Two networks side by side: the layers that both have, and those that only one has.
///
/// Layers are paired in order, by what they do rather than by name: a layer that only moved in a numbered list is
/// the same layer.
package struct Comparison: Sendable {
  /// One line of the comparison.
  package enum Change: Sendable {
    /// The same layer in both, perhaps under another name.
    case same(Layer)
    /// A layer of the same name whose operator, shape or cost differs.
    case changed(from: Layer, to: Layer)
    /// A layer that only the second network has.
    case added(Layer)
    /// A layer that only the first network has.
    case removed(Layer)
  }

  /// All layers of both, in order.
  package let changes: [Change]

  /// Compares the layers of two networks.
  package init(_ old: Breakdown, _ new: Breakdown) {
    changes = Alignment.pairs(old.layers, new.layers).map { pair in
      switch pair {
      case (let old?, let new?): LayerKey.isSame(old, new) ? .same(new) : .changed(from: old, to: new)
      case (let old?, nil): .removed(old)
      case (nil, let new?): .added(new)
      case (nil, nil): preconditionFailure("a pair has at least one layer")
      }
    }
  }
}
