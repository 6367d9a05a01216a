import Files
import GraphIR
import TensorCore
import Weights
import Zoo

/// The weights for a network: where they come from, and what is known about them.
///
/// Of a file, only the header has been read, unless its size is that of a published file.
package struct NetworkWeights: Sendable {
  private enum Origin {
    case formula(seed: UInt64)
    case checkpoint(Checkpoint)
  }

  private let origin: Origin
  /// How it is known what the weights expect.
  package let provenance: WeightProvenance
  /// The file's description of its network, if `cnnzoo train` wrote it.
  package let description: WeightDescription?
  /// The published weights whose preprocessing and settings hold: those that these are, or, if nothing tells, the
  /// network's first, which are last in its list.
  package let published: PublishedWeights?

  /// Whether they come from training, not from a formula.
  package var areTrained: Bool { checkpoint != nil }

  /// The file; `nil` for a formula.
  package var checkpoint: Checkpoint? {
    if case .checkpoint(let checkpoint) = origin { checkpoint } else { nil }
  }

  /// Path of the file, or what stands for it in messages; `nil` for a formula.
  package var path: String? { checkpoint?.path }

  /// Weights from a formula.
  package static func formula(seed: UInt64) -> NetworkWeights {
    NetworkWeights(origin: .formula(seed: seed), provenance: .formula, description: nil, published: nil)
  }

  /// The file at `path` for the network of `entry`.
  ///
  /// Throws ``CheckpointError``, and ``SessionError/otherNetwork(path:found:expected:)``.
  package static func file(path: String, key: String? = nil, for entry: ModelEntry) throws -> NetworkWeights {
    try NetworkWeights(.open(path: path, key: key), for: entry)
  }

  /// The embedded weights for the network of `entry`; `nil` if there are none.
  ///
  /// Throws ``CheckpointError`` for a damaged binary.
  static func embedded(for entry: ModelEntry) throws -> NetworkWeights? {
    try EmbeddedWeights.checkpoint(of: entry.name).map { try NetworkWeights($0, for: entry) }
  }

  private init(
    origin: Origin, provenance: WeightProvenance, description: WeightDescription?,
    published: PublishedWeights?
  ) {
    self.origin = origin
    self.provenance = provenance
    self.description = description
    self.published = published
  }

  private init(_ checkpoint: Checkpoint, for entry: ModelEntry) throws {
    if let description = try WeightDescription(checkpoint) {
      guard description.model == entry.name else {
        throw SessionError.otherNetwork(
          path: checkpoint.path, found: Label(description.model), expected: entry.name)
      }
      self.init(
        origin: .checkpoint(checkpoint), provenance: .description, description: description, published: nil)
    } else if let (published, provenance) = try PublishedWeights.recognize(checkpoint, among: entry.weights) {
      self.init(
        origin: .checkpoint(checkpoint), provenance: provenance, description: nil, published: published)
    } else {
      self.init(
        origin: .checkpoint(checkpoint), provenance: .unknown, description: nil,
        published: entry.weights.last)
    }
  }

  /// Binds the weights to the parameters of a network.
  ///
  /// Throws ``CheckpointError``.
  func bind(to parameters: [Parameter], of network: Network) throws(CheckpointError) -> any ParameterSource {
    switch origin {
    case .formula(let seed): FormulaWeights(seed: seed)
    case .checkpoint(let checkpoint):
      try CheckpointBinding(
        parameters, of: network.name, to: checkpoint, renaming: network.renames)
    }
  }
}
