import Recipes
import Text

extension TrainingSettings {
  /// The settings as `config.json` holds them.
  package var json: JSONObject {
    [
      "epochs": .integer(epochs), "batch_size": .integer(batch), "optimizer": .string("\(optimizer)"),
      "learning_rate": .number(learningRate.base), "schedule": .string("\(learningRate.schedule)"),
      "warmup_epochs": .integer(learningRate.warmupEpochs), "weight_decay": .float(weightDecay),
      "decay_vectors": .bool(decaysVectors), "loss": .string("\(loss)"),
      "gradient_limit": gradientLimit.map(JSON.float) ?? .null,
      "average_decay": averageDecay.map(JSON.float) ?? .null, "augmentation": .string("\(augmentation)"),
      "initialization": .string(initialization.name), "seed": .unsigned(seed),
    ]
  }
}
