import ArgumentParser
import GraphIR
import TensorCore
import Zoo

/// Options that change a network from what its registry entry says.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: .init("A number of the family, in the paper's words.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "Outputs of the head.")
  var classes: Int?

  @Option(help: .init("Picture: 224, 224x224 or 1x28x28.", valueName: "size"))
  var inputSize: InputSize?

  func validate() throws {
    if let classes, !Limits.classes.contains(classes) {
      throw ValidationError("--classes takes a number from 1 to \(Limits.classes.upperBound)")
    }
    for setting in settings where !setting.contains("=") {
      throw ValidationError("--set takes key=value, not '\(setting)'")
    }
  }

  /// Whether the network is just what its entry says, so that the published figures hold.
  var isUnchanged: Bool { settings.isEmpty && classes == nil && inputSize == nil }

  /// The network called `name` with these changes.
  ///
  /// Throws ``RegistryError`` for a name and ``SettingError`` for a setting that does not exist.
  /// `presets` are applied first: what a weight file asks for.
  func model(named name: String, settings presets: [SettingValue] = []) throws -> Model {
    let entry = try Registry.entry(name)
    var architecture = entry.architecture
    for preset in presets { architecture = try architecture.setting(preset.name, to: preset.value) }
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      architecture = try architecture.setting(String(parts[0]), to: String(parts[1]))
    }
    return Model(
      entry: entry, architecture: architecture,
      picture: inputSize?.shape(channels: entry.input.shape[0]) ?? entry.input.shape,
      classes: classes ?? entry.classes, isPublished: isUnchanged)
  }
}

/// A network that a command line asked for.
struct Model {
  let entry: ModelEntry
  let architecture: any Architecture
  /// `[C, H, W]`.
  var picture: Shape
  let classes: Int
  /// Whether nothing was changed, so that the published figures hold.
  let isPublished: Bool

  var name: String { entry.name }

  /// The network for a batch, auxiliary heads included.
  func graph(batch: Int = 1) throws -> Graph {
    guard let values = picture.checkedCount?.multipliedIfFits(by: batch), values <= Limits.inputValues else {
      throw UsageError("a batch of \(batch) pictures of \(picture) is more than \(Limits.inputValues) values")
    }
    do {
      return try architecture.graph(input: Shape([batch] + picture.dimensions), classes: classes)
    } catch {
      throw UsageError("\(name) cannot be built for pictures of \(picture): \(error)")
    }
  }
}
