import GraphIR
import Recipes
import TensorCore

/// A kind of network, with the numbers that distinguish its members.
///
/// A conforming type is a value: its stored properties are the paper's own numbers (growth rate,
/// cardinality, blocks), and ``logits(_:classes:in:)`` is the network, from image to logits.
package protocol Architecture: Sendable {
  /// The named networks, in natural order of their names.
  static var entries: [ModelEntry] { get }

  /// What `--set` can change, in the paper's words.
  static var settings: [Setting<Self>] { get }

  /// Builds the network for `image`, `[N, C, H, W]`, and returns its logits, `[N, classes]`.
  func logits(_ image: Value, classes: Int, in net: Scope) throws(GraphError) -> Value

  /// How the reference implementation initializes the network.
  var initialization: InitializationScheme { get }

  /// Initial values of buffers that are neither learned nor measured, by name.
  func fixedBuffers(classes: Int) -> [String: [Float]]

  /// What training minimizes.
  var loss: Loss { get }

  /// Published training settings and those tuned on a data set; may be empty.
  var recipes: [Recipe] { get }

  /// Other names that published checkpoints have for this network's tensors where they depend on its numbers; they apply
  /// before those of the family.
  var renames: [TensorRename] { get }

  /// What the paper calls layers whose names it draws, by their paths.
  var layerNames: [String: String] { get }

  /// What counting tools see in the reference framework's source beyond the graph.
  var frameworkSource: FrameworkSource { get }
}

/// Defaults that hold for nearly every network.
extension Architecture {
  /// None.
  package func fixedBuffers(classes: Int) -> [String: [Float]] { [:] }

  /// Cross-entropy.
  package var loss: Loss { .crossEntropy(smoothing: 0) }

  /// None.
  package var renames: [TensorRename] { [] }

  /// None.
  package var layerNames: [String: String] { [:] }

  /// Modules throughout.
  package var frameworkSource: FrameworkSource { FrameworkSource() }
}

extension Architecture {
  /// The settings of a training run without a recipe.
  package var standardSettings: TrainingSettings {
    var settings = TrainingSettings()
    settings.initialization = initialization
    settings.loss = loss
    return settings
  }

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

  /// Names, meanings and current values of what `--set` can change.
  package var currentSettings: [(name: String, meaning: String, value: String)] {
    Self.settings.map { ($0.name, $0.meaning, $0.read(self)) }
  }
}
