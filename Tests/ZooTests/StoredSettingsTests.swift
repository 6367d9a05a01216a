import Recipes
import Testing
import Training
import Zoo

/// The settings of a training run come back from `config.json` as they were.
@Suite struct StoredSettingsTests {
  private func restored(_ settings: TrainingSettings) throws -> TrainingSettings {
    try TrainingSettings(json: settings.json, schemes: Registry.current.initializationSchemes)
  }

  @Test(arguments: Registry.current.all)
  func settingsOfEveryRecipe(entry: ModelEntry) throws {
    let standard = entry.architecture.standardSettings
    #expect(try restored(standard) == standard)
    for recipe in entry.architecture.recipes {
      let settings = recipe.settings(from: standard)
      #expect(try restored(settings) == settings, "\(recipe.name)")
    }
  }

  @Test func everySetting() throws {
    var settings = TrainingSettings()
    settings.seed = .max
    settings.gradientLimit = 0.1
    settings.averageDecay = 0.9999
    settings.weightDecay = 1e-7
    settings.learningRate.base = 1e-12
    settings.decaysVectors = true
    for optimizer in [
      OptimizerKind.sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: true),
      .adamW(beta1: 0.9, beta2: 0.95, epsilon: 1e-8),
      .rmsProp(.torch, alpha: 0.9, epsilon: 0.0316, momentum: 0.9),
      .rmsProp(.tensorFlow, alpha: 0.99, epsilon: 1e-3, momentum: 0),
    ] {
      settings.optimizer = optimizer
      #expect(try restored(settings) == settings)
    }
    for loss in [Loss.crossEntropy(smoothing: 0.1), .radialBasis(competition: -2.5)] {
      settings.loss = loss
      #expect(try restored(settings) == settings)
    }
    settings.epochs = 0
    #expect {
      try restored(settings)
    } throws: {
      ($0 as? WrongMember)?.key == "epochs"
    }
  }

  @Test(arguments: [
    "", "sgd", "sgd momentum=x", "sgd momentum=0.9 fast", "adamw betas=0.9 epsilon=1", "adam",
  ])
  func otherTextIsNoOptimizer(text: String) {
    #expect(throws: RecipeError.self) { try OptimizerKind(parsing: text) }
    #expect(throws: RecipeError.self) { try Loss(parsing: text) }
  }
}
