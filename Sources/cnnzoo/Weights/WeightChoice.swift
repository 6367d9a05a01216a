import Files
import GraphIR
import TensorCore
import Weights
import Zoo

/// A decision about weights.
struct WeightChoice {
  private enum Origin {
    /// ``FormulaWeights``.
    case formula(seed: UInt64)
    /// An opened file, or weights that are compiled in.
    case checkpoint(Checkpoint)
  }

  private let origin: Origin
  /// What is known about the file if it is one that others publish.
  let published: PublishedWeights?
  /// What the file says about itself if `cnnzoo train` made it.
  let description: WeightDescription?

  /// Weights from a formula.
  static func formula(seed: UInt64) -> WeightChoice {
    WeightChoice(origin: .formula(seed: seed), published: nil, description: nil)
  }

  /// The file at `path` for the network of `entry`; only headers are read.
  ///
  /// Throws ``CheckpointError``, and ``DataError`` for a file that says it is another network's.
  static func file(path: String, for entry: ModelEntry) throws -> WeightChoice {
    let name = path.split(separator: "/").last.map(String.init)
    return try WeightChoice(
      .open(path: path), for: entry, published: entry.weights.first { $0.file == name })
  }

  /// The weights that are compiled in for the network of `entry`; `nil` where there are none.
  static func compiledIn(for entry: ModelEntry) throws -> WeightChoice? {
    try CompiledWeights.checkpoint(of: entry.name).map { try WeightChoice($0, for: entry, published: nil) }
  }

  private init(origin: Origin, published: PublishedWeights?, description: WeightDescription?) {
    self.origin = origin
    self.published = published
    self.description = description
  }

  private init(_ checkpoint: Checkpoint, for entry: ModelEntry, published: PublishedWeights?) throws {
    let description = try WeightDescription(checkpoint)
    if let description {
      guard description.model == entry.name else {
        throw DataError(
          "\(escaped(checkpoint.path)): made for \(Label(description.model)), not for \(entry.name):"
            + " give the network's own name")
      }
      do { _ = try NetworkOptions.model(entry, description).graph() } catch {
        throw DataError("\(escaped(checkpoint.path)): what it says about its network cannot be: \(error)")
      }
    }
    self.init(origin: .checkpoint(checkpoint), published: published, description: description)
  }

  /// Binds the weights to the parameters of `graph`.
  ///
  /// Throws ``CheckpointError``.
  func source(for graph: Graph, of model: Model) throws(CheckpointError) -> any ParameterSource {
    switch origin {
    case .formula(let seed): FormulaWeights(seed: seed)
    case .checkpoint(let checkpoint):
      try CheckpointBinding(
        graph.parameters, of: model.name, to: checkpoint,
        renaming: WeightChoice.renaming(for: Registry.family(of: model.name)))
    }
  }

  /// How names in published files of a family become its own.
  static func renaming(for family: Family?) -> [TensorRename] { family?.renames ?? [] }
}

/// No weights were given, and none lie where they usually do.
struct NoWeightsError: Error, CustomStringConvertible {
  let model: String
  /// Why the compiled-in weights are not what was asked for, if there are any.
  let passedOver: String?
  let places: [String]

  var description: String {
    "\(model): no weights found: " + (passedOver.map { "those compiled in are \($0); " } ?? "")
      + "looked for \(places.map(escaped).joined(separator: ", "));"
      + " give a file with --weights, put one there, or take --random-weights SEED for a trial"
  }
}
