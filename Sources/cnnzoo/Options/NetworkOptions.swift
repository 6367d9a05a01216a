import ArgumentParser
import GraphIR
import TensorCore
import Weights
import Zoo

/// Options that change a network from what its registry entry says.
struct NetworkOptions: ParsableArguments {
  @Option(
    name: .customLong("set"),
    help: .init("A number of the family, in the paper's words.", valueName: "key=value"))
  var settings: [String] = []

  @Option(help: "Outputs of the head.")
  var classes: Int?

  @Option(help: .init("Image: 224, 224x224 or 1x28x28.", valueName: "size"))
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
  /// What `weights` ask for stands in place of what the registry says, and these changes come after it.
  /// Throws ``RegistryError`` for a name and ``SettingError`` for a setting that does not exist.
  func model(named name: String, for weights: WeightChoice? = nil) throws -> Model {
    let entry = try Registry.entry(name)
    let base =
      try weights?.description.map { try NetworkOptions.model(entry, $0) }
      ?? Model(
        entry: entry, architecture: NetworkOptions.architecture(entry, weights?.published?.settings ?? []),
        image: entry.input.shape, classes: entry.classes, isPublished: isUnchanged)
    return Model(
      entry: entry, architecture: try NetworkOptions.changed(base.architecture, by: settings),
      image: inputSize?.shape(channels: base.image[0]) ?? base.image, classes: classes ?? base.classes,
      isPublished: base.isPublished)
  }

  /// The network that a weight file describes.
  ///
  /// Throws ``SettingError`` for a setting that does not exist.
  static func model(_ entry: ModelEntry, _ description: WeightDescription) throws -> Model {
    Model(
      entry: entry, architecture: try changed(entry.architecture, by: description.settings),
      image: description.inputShape, classes: description.classes, isPublished: false)
  }

  private static func architecture(
    _ entry: ModelEntry, _ presets: [SettingValue]
  ) throws -> any Architecture {
    var architecture = entry.architecture
    for preset in presets { architecture = try architecture.setting(preset.name, to: preset.value) }
    return architecture
  }

  /// Applies settings of the form `key=value`, one after the other.
  private static func changed(
    _ architecture: any Architecture, by settings: [String]
  ) throws -> any Architecture {
    var architecture = architecture
    for setting in settings {
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      architecture = try architecture.setting(String(parts[0]), to: parts.count > 1 ? String(parts[1]) : "")
    }
    return architecture
  }
}

/// A network that a command line asked for.
struct Model {
  let entry: ModelEntry
  let architecture: any Architecture
  /// `[C, H, W]`.
  var image: Shape
  var classes: Int
  /// Whether nothing was changed, so that the published figures hold.
  let isPublished: Bool

  var name: String { entry.name }

  /// The network for a batch, auxiliary heads included.
  func graph(batch: Int = 1) throws -> Graph {
    guard let values = image.checkedCount?.multipliedIfFits(by: batch), values <= Limits.inputValues else {
      throw UsageError("a batch of \(batch) images of \(image) is more than \(Limits.inputValues) values")
    }
    do {
      return try architecture.graph(input: Shape([batch] + image.dimensions), classes: classes)
    } catch {
      throw UsageError("\(name) cannot be built for images of \(image): \(error)")
    }
  }
}
