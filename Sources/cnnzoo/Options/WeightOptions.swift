import ArgumentParser
import Files
import GraphIR
import Weights
import Zoo

/// Where a network's weights come from.
struct WeightOptions: ParsableArguments {
  @Option(help: .init("Weight file: safetensors, PyTorch .pth, NumPy .npz.", valueName: "file"))
  var weights: String?

  @Option(
    help: .init("Weights from a formula: results mean nothing, but are always the same.", valueName: "seed"))
  var randomWeights: UInt64?

  func validate() throws {
    if weights != nil && randomWeights != nil {
      throw ValidationError("--weights and --random-weights exclude each other")
    }
  }

  /// Decides where weights come from, without reading them.
  ///
  /// Throws ``NoWeightsError`` where none were given and none are found.
  func choose(for entry: ModelEntry) throws -> WeightChoice {
    if let randomWeights { return .formula(seed: randomWeights) }
    if let weights { return .file(path: weights, published: entry.published(as: weights)) }
    switch WeightFinder().find(entry.name, published: entry.weights.map(\.file)) {
    case .found(let path): return .file(path: path, published: entry.published(as: path))
    case .notFound(let places): throw NoWeightsError(model: entry.name, places: places)
    }
  }
}

/// A decision about weights.
enum WeightChoice {
  /// ``FormulaWeights``.
  case formula(seed: UInt64)
  /// A file; what is known about it if it is one that others publish.
  case file(path: String, published: PublishedWeights?)

  /// What is known about the file.
  var published: PublishedWeights? {
    if case .file(_, let published) = self { published } else { nil }
  }

  /// Opens the weights and binds them to the parameters of `graph`.
  ///
  /// Throws ``CheckpointError``.
  func source(for graph: Graph, of model: Model) throws -> any ParameterSource {
    switch self {
    case .formula(let seed):
      return FormulaWeights(seed: seed)
    case .file(let path, _):
      return try CheckpointBinding(
        graph.parameters, of: model.name, to: .open(path: path),
        renaming: WeightChoice.renaming(for: Registry.family(of: model.name)))
    }
  }

  /// How names in published files of a family become its own.
  static func renaming(for family: Family?) -> [RenameRule] {
    [.denseNet] + (family?.renames ?? []).map { .prefix(from: $0.published, to: $0.name) }
  }
}

extension ModelEntry {
  /// What is known about the file at `path`, by its name.
  fileprivate func published(as path: String) -> PublishedWeights? {
    let name = path.split(separator: "/").last.map(String.init)
    return weights.first { $0.file == name }
  }
}

/// No weights were given, and none lie where they usually do.
struct NoWeightsError: Error, CustomStringConvertible {
  let model: String
  let places: [String]

  var description: String {
    "\(model): no weights found: looked for \(places.map(escaped).joined(separator: ", "));"
      + " give a file with --weights, put one there, or take --random-weights SEED for a trial"
  }
}
