/// How a name in a published checkpoint becomes the network's own name of that tensor.
///
/// Elements keep their order; the tensor's shape may change if the number of elements stays, as it does for a
/// fully connected layer that was stored as a convolution.
package struct TensorRename: Sendable {
  private let rule: @Sendable (_ name: String) -> String?

  /// A rule that returns the new name, or `nil` for names that it says nothing about.
  package init(_ rule: @escaping @Sendable (_ name: String) -> String?) { self.rule = rule }

  /// Replaces the beginning of names.
  package static func prefix(from published: String, to own: String) -> TensorRename {
    TensorRename { name in
      name.hasPrefix(published) ? own + name.dropFirst(published.count) : nil
    }
  }

  /// The name after this rule.
  package func apply(to name: String) -> String { rule(name) ?? name }
}
