import GraphIR
import Ops
import TensorCore

/// A kind of network with the numbers that tell its members apart.
///
/// A conforming type is a value: its stored properties are the paper's own numbers (growth rate,
/// cardinality, blocks), and ``logits(_:classes:in:)`` is the network, from image to logits.
package protocol Architecture: Sendable {
  /// The named members, in natural order of their names.
  static var entries: [ModelEntry] { get }

  /// What `--set` can change, in the paper's words.
  static var settings: [Setting<Self>] { get }

  /// Values of buffers that are neither learned nor measured, by name: what a network without a checkpoint
  /// starts from.
  func fixedBuffers(classes: Int) -> [String: [Float]]

  /// Builds the network for `image`, `[N, C, H, W]`, and returns its logits, `[N, classes]`.
  func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value
}

extension Architecture {
  /// Nearly every network has none.
  package func fixedBuffers(classes: Int) -> [String: [Float]] { [:] }

  /// The network for an input shape `[N, C, H, W]`, auxiliary heads included.
  package func graph(input: Shape, classes: Int) throws(GraphError) -> Graph {
    try Graph.build(input: input) { (image, net) throws(GraphError) in
      try logits(image, classes: classes, in: net)
    }
  }

  /// The same network with one number changed.
  package func setting(_ name: String, to text: String) throws(SettingError) -> any Architecture {
    guard let setting = Self.settings.first(where: { $0.name == name }) else {
      throw .unknown(name: name, known: Self.settings.map(\.name))
    }
    var changed = self
    try setting.apply(&changed, text)
    return changed
  }

  /// Names, meanings and present values of what `--set` can change.
  package var currentSettings: [(name: String, meaning: String, value: String)] {
    Self.settings.map { ($0.name, $0.meaning, $0.read(self)) }
  }
}
