import Recipes
import Session
import Training
import Zoo

extension InitialValues {
  /// The values that training `network` with `settings` starts from.
  package init(of network: Network, _ settings: TrainingSettings) {
    self.init(
      settings.initialization, seed: settings.seed,
      fixed: network.architecture.fixedBuffers(classes: network.classes))
  }
}
