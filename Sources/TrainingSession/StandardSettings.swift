import GraphIR
import Session
import Training
import Zoo

extension TrainingSettings {
  /// The settings of a network that nobody changed: its loss, the first values of its family.
  package static func standard(for network: Network) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.initialization = Recipe.initialization(family: network.family.name, model: network.name)
    // Radial basis outputs have no other criterion in their paper.
    if network.name == "lenet5" { settings.loss = .radialBasis(competition: 50) }
    return settings
  }

  /// The values that `graph` starts from.
  package func initialValues(of graph: Graph) -> InitialValues {
    let scheme = InitializationScheme.named.first { $0.name == initialization }?.scheme ?? .torch
    return InitialValues(graph, scheme: scheme, seed: seed) { DigitCodes.codes(classes: $0) }
  }
}
