import Datasets
import Engine
import Files
import Recipes
import Session
import Text
import Training
import Zoo

/// What a training run was started with, according to the `config.json` in its folder.
package struct StoredRun: Sendable {
  /// Name of the recipe that its settings come from, if one was asked for.
  package let recipe: String?
  /// Its settings.
  package let settings: TrainingSettings
  /// The network, with all that differs from its registry entry.
  package let request: NetworkRequest
  /// Its data: by its path if that still leads somewhere, otherwise as it was named.
  package let data: String
  /// What was held out for validation.
  package let heldOut: HeldOutImages?
  /// What ends it before its last epoch.
  package let earlyStopping: EarlyStopping?
  /// Whether it has event files for TensorBoard.
  package let writesEvents: Bool
  /// Whether broken images were left out.
  package let skipsBroken: Bool
  /// The weights that it started from, likewise.
  package let weights: String?
  /// Which tensors of their file were meant.
  package let weightsKey: String?
  /// Patterns of the tensors that are not trained.
  package let freeze: [String]
  /// Whether batch norms take the statistics of the images of all processes.
  package let synchronizesNorms: Bool
  /// Changes to how images are prepared.
  package let preprocess: [String]
  /// How convolutions are computed.
  package let convolution: ConvolutionChoice

  /// The run in `folder`, or `nil` if none was started there.
  ///
  /// Throws ``TrainingError`` for a run of another network than `model`, and for a file that is damaged.
  package init?(in folder: String, of model: String, registry: Registry = .current) throws(TrainingError) {
    guard let config = try RunFolder.storedConfig(in: folder) else { return nil }
    func damaged(_ key: String) -> TrainingError {
      .wrongState(path: RunFolder.config(in: folder), detail: "'\(key)' is missing or has a wrong value")
    }
    func member<Value>(_ key: String, _ value: (JSON) -> Value?) throws(TrainingError) -> Value {
      guard let value = config[key].flatMap(value) else { throw damaged(key) }
      return value
    }
    func place(_ key: String) -> String? {
      let path = config[key + "_path"]?.string
      return path.flatMap { FilePath.canonical($0) == nil ? nil : $0 } ?? config[key]?.string
    }
    let name = try member("model", \.string)
    guard name == model else {
      throw .otherSettings(folder: folder, differences: ["model was \"\(name)\", is \"\(model)\""])
    }
    do throws(WrongMember) {
      settings = try TrainingSettings(json: config, schemes: registry.initializationSchemes)
    } catch { throw damaged(error.key) }
    let extents = try member("input_shape") { value -> [Int]? in
      guard case .array(let extents) = value else { return nil }
      return extents.compactMap(\.integer)
    }
    guard let size = try? InputSize(parsing: extents.map(String.init).joined(separator: "x")) else {
      throw damaged("input_shape")
    }
    request = NetworkRequest(
      model, settings: try member("set", \.strings).map(SettingValue.init(parsing:)),
      classes: try member("classes") { $0.integer.flatMap { Limits.classes.contains($0) ? $0 : nil } },
      inputSize: size)
    guard let data = place("data") else { throw damaged("data") }
    self.data = data
    weights = place("weights")
    freeze = try member("freeze", \.strings)
    // Only in the files of runs to which they apply.
    recipe = config["recipe"]?.string
    heldOut = try config["val_fraction"].map { value throws(TrainingError) in
      guard let fraction = value.number, 0 < fraction, fraction < 1 else { throw damaged("val_fraction") }
      return HeldOutImages(fraction: fraction, seed: try member("val_seed", \.seed))
    }
    earlyStopping = try config["early_stopping"].map { _ throws(TrainingError) in
      try member("early_stopping", EarlyStopping.init(json:))
    }
    writesEvents = FilePath(RunFolder.events(in: folder)).isFolder
    skipsBroken = config["skip_broken"]?.bool ?? false
    weightsKey = config["weights_key"]?.string
    synchronizesNorms = config["sync_batch_norm"]?.bool ?? false
    preprocess = config["preprocess"]?.strings ?? []
    convolution = config["convolution"]?.string.flatMap(ConvolutionChoice.init(name:)) ?? .automatic
  }
}
