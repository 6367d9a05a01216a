import Recipes
import Training
import Zoo

extension InitialValues {
  /// The values that training `model` with `settings` starts from.
  init(of model: Model, _ settings: TrainingSettings) {
    self.init(
      settings.initialization, seed: settings.seed,
      fixed: model.architecture.fixedBuffers(classes: model.classes))
  }
}
