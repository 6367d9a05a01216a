import GraphIR
import TensorCore
import Weights
import Zoo

/// A network with all its numbers decided, from which graphs are built.
package struct Network: Sendable {
  /// What the registry knows about it.
  package let entry: ModelEntry
  /// The family that it belongs to.
  package let family: Family
  /// The architecture with its settings applied.
  package let architecture: any Architecture
  /// The settings that differ from the registry entry, in the order in which they were applied.
  package let settings: [SettingValue]
  /// The input, `[C, H, W]`.
  package var image: Shape
  /// Outputs of the head.
  package var classes: Int
  /// Settings taken from published weights because the weights at hand do not say what they need.
  package let assumedSettings: [SettingValue]
  /// Whether nothing differs from the registry entry, so that the published figures hold.
  package let isPublished: Bool

  /// Other names that published checkpoints have for its tensors.
  package var renames: [TensorRename] { architecture.renames + family.renames }

  /// Name of the registry entry.
  package var name: String { entry.name }

  /// The network of a request.
  ///
  /// What `weights` say about their network replaces what the registry says, and the request is applied to that.
  /// Throws ``RegistryError`` for an unknown name, ``SettingError`` for a setting that the network cannot have, and
  /// ``SessionError`` for weights whose description contradicts itself.
  package init(
    _ request: NetworkRequest, for weights: NetworkWeights? = nil, registry: Registry = .current
  ) throws {
    let entry = try registry.entry(request.name)
    let described = try weights?.description.map { description in
      do { return try Network(entry, describedBy: description, registry: registry) } catch let error
        as SettingError
      {
        throw SessionError.impossibleDescription(path: weights?.path ?? "", reason: "\(error)")
      }
    }
    let presets = described?.settings ?? weights?.published?.settings ?? []
    let requested = Set(request.settings.map(\.name))
    let assumed = weights?.provenance == .unknown ? presets.filter { !requested.contains($0.name) } : []
    let image = described?.image ?? weights?.published?.image ?? entry.input.shape
    try self.init(
      entry, settings: presets.filter { !requested.contains($0.name) } + request.settings, assumed: assumed,
      image: request.inputSize?.shape(channels: image[0]) ?? image,
      classes: request.classes ?? described?.classes ?? entry.classes,
      isPublished: described == nil && request.isUnchanged && image == entry.input.shape, registry: registry)
  }

  /// The network that a weight file describes.
  ///
  /// Throws ``SettingError``.
  package init(
    _ entry: ModelEntry, describedBy description: WeightDescription, registry: Registry = .current
  ) throws(SettingError) {
    try self.init(
      entry, settings: description.settings.map(SettingValue.init(parsing:)), image: description.inputShape,
      classes: description.classes, isPublished: false, registry: registry)
  }

  private init(
    _ entry: ModelEntry, settings: [SettingValue], assumed: [SettingValue] = [], image: Shape, classes: Int,
    isPublished: Bool, registry: Registry
  ) throws(SettingError) {
    var architecture = entry.architecture
    for setting in settings { architecture = try architecture.setting(setting.name, to: setting.value) }
    guard let family = registry.family(of: entry.name) else {
      preconditionFailure("an entry belongs to a family of its registry")
    }
    self.entry = entry
    self.family = family
    self.architecture = architecture
    self.settings = settings
    assumedSettings = assumed
    self.image = image
    self.classes = classes
    self.isPublished = isPublished
  }

  /// The graph for a batch, auxiliary heads included.
  package func graph(batch: Int = 1) throws(SessionError) -> Graph {
    try check(batch: batch)
    do throws(GraphError) {
      return try architecture.graph(input: Shape([batch] + image.dimensions), classes: classes)
    } catch {
      throw .cannotBuild(network: name, image: image, reason: error)
    }
  }

  /// Throws ``SessionError/batchTooLarge(batch:image:)`` where the batch has more values than any graph may.
  package func check(batch: Int) throws(SessionError) {
    guard let values = image.checkedCount?.multipliedIfFits(by: batch), values <= Limits.inputValues else {
      throw .batchTooLarge(batch: batch, image: image)
    }
  }
}
