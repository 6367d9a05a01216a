import GraphIR

/// A folder of the zoo: the networks of one line of papers, and what is known about them.
package struct Family: Sendable {
  /// Name of the family: the folder's, in lower case, with words joined by `_`: `wide_resnet`.
  package let name: String
  /// What `about` prints.
  package let about: About
  /// The architectures in the folder; the paper's main one first.
  package let architectures: [any Architecture.Type]
  /// Other names that published checkpoints have for this family's tensors.
  package let renames: [TensorRename]

  /// A family from its parts.
  package init(
    _ name: String, about: About, architectures: [any Architecture.Type], renames: [TensorRename] = []
  ) {
    self.name = name
    self.about = about
    self.architectures = architectures
    self.renames = renames
  }

  /// The networks, architecture by architecture, each in natural order.
  package var entries: [ModelEntry] { architectures.flatMap { $0.entries } }
}

/// What is known about a family beyond its numbers.
package struct About: Hashable, Sendable {
  /// Name of the family as the field writes it: `ResNet`.
  package let title: String
  /// The idea, in about three sentences.
  package let idea: String
  /// What it changed over its predecessor.
  package let change: String
  /// Deviations from the papers, known errors of published versions, and claims that are wrong.
  package let remarks: [String]

  /// A text from its parts.
  package init(_ title: String, idea: String, change: String, remarks: [String] = []) {
    self.title = title
    self.idea = idea
    self.change = change
    self.remarks = remarks
  }
}
