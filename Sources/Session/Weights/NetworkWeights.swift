import GraphIR
import TensorCore
import Weights
import Zoo

/// The weights for a network: where they come from, and what is known about them.
///
/// Of a file, only the header has been read.
package struct NetworkWeights: Sendable {
  private enum Origin {
    case formula(seed: UInt64)
    case checkpoint(Checkpoint)
  }

  private let origin: Origin
  /// What is known about the file if it is one that others publish.
  package let published: PublishedWeights?
  /// The file's description of its network, if `cnnzoo train` wrote it.
  package let description: WeightDescription?

  /// Whether they come from training, not from a formula.
  package var areTrained: Bool {
    if case .checkpoint = origin { true } else { false }
  }

  /// Path of the file, or what stands for it in messages; `nil` for a formula.
  var path: String? {
    if case .checkpoint(let checkpoint) = origin { checkpoint.path } else { nil }
  }

  /// Weights from a formula.
  package static func formula(seed: UInt64) -> NetworkWeights {
    NetworkWeights(origin: .formula(seed: seed), published: nil, description: nil)
  }

  /// The file at `path` for the network of `entry`.
  ///
  /// Throws ``CheckpointError``, and ``SessionError/otherNetwork(path:found:expected:)``.
  static func file(path: String, key: String? = nil, for entry: ModelEntry) throws -> NetworkWeights {
    let name = path.split(separator: "/").last.map(String.init)
    return try NetworkWeights(
      .open(path: path, key: key), for: entry, published: entry.weights.first { $0.file == name })
  }

  /// The embedded weights for the network of `entry`; `nil` if there are none.
  ///
  /// Throws ``CheckpointError`` for a damaged binary.
  static func embedded(for entry: ModelEntry) throws -> NetworkWeights? {
    try EmbeddedWeights.checkpoint(of: entry.name).map {
      try NetworkWeights($0, for: entry, published: nil)
    }
  }

  private init(origin: Origin, published: PublishedWeights?, description: WeightDescription?) {
    self.origin = origin
    self.published = published
    self.description = description
  }

  private init(_ checkpoint: Checkpoint, for entry: ModelEntry, published: PublishedWeights?) throws {
    let description = try WeightDescription(checkpoint)
    if let description, description.model != entry.name {
      throw SessionError.otherNetwork(
        path: checkpoint.path, found: Label(description.model), expected: entry.name)
    }
    self.init(origin: .checkpoint(checkpoint), published: published, description: description)
  }

  /// Binds the weights to the parameters of a network.
  ///
  /// Throws ``CheckpointError``.
  func bind(to parameters: [Parameter], of network: Network) throws(CheckpointError) -> any ParameterSource {
    switch origin {
    case .formula(let seed): FormulaWeights(seed: seed)
    case .checkpoint(let checkpoint):
      try CheckpointBinding(
        parameters, of: network.name, to: checkpoint, renaming: network.family.renames)
    }
  }
}
