import TensorCore

/// A tensor in a weight file that is not read: quantized, complex, of 8-bit floats.
///
/// It matters only to a network that needs it.
package struct ForeignTensor: Hashable, Sendable {
  /// Name in the state dict, without wrappers.
  package let name: String
  /// Shape, outermost first; without axes where it is not known.
  package let shape: Shape
  /// What it consists of, in words: `F8_E4M3, numbers of 8 bits`.
  package let kind: Label

  /// A tensor from its parts.
  package init(name: String, shape: Shape, kind: Label) {
    self.name = name
    self.shape = shape
    self.kind = kind
  }

  /// Why it cannot be read.
  package var defect: CheckpointDefect { .foreignTensor(Label(name), kind: kind) }
}
