import GraphIR
import Training
import Zoo

extension TrainingSettings {
  /// The settings of a network that nobody changed: its loss, the first values of its family.
  static func standard(for model: Model) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.initialization = Recipe.initialization(family: model.family, model: model.name)
    // Radial basis outputs have no other criterion in their paper.
    if model.name == "lenet5" { settings.loss = .radialBasis(competition: 50) }
    return settings
  }

  /// The values that `graph` starts from.
  func initialValues(of graph: Graph) -> InitialValues {
    let scheme = InitializationScheme.named.first { $0.name == initialization }?.scheme ?? .torch
    return InitialValues(graph, scheme: scheme, seed: seed) { DigitCodes.codes(classes: $0) }
  }
}
