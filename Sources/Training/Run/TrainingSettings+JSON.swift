import Recipes
import Text

extension TrainingSettings {
  /// The settings as `config.json` holds them.
  package var json: JSONObject {
    var object: JSONObject = [
      "epochs": .integer(epochs), "batch_size": .integer(batch), "optimizer": .string("\(optimizer)"),
      "learning_rate": .number(learningRate.base), "schedule": .string("\(learningRate.schedule)"),
      "warmup_epochs": .integer(learningRate.warmupEpochs), "weight_decay": .float(weightDecay),
      "decay_vectors": .bool(decaysVectors), "loss": .string("\(loss)"),
      "gradient_limit": gradientLimit.map(JSON.float) ?? .null,
      "average_decay": averageDecay.map(JSON.float) ?? .null, "augmentation": .string("\(augmentation)"),
      "initialization": .string(initialization.name), "seed": .unsigned(seed),
    ]
    if learningRate.warmupStart != LearningRate.usualWarmupStart {
      object.append("warmup_start", .number(learningRate.warmupStart))
    }
    return object
  }

  /// The settings that `config.json` holds; `schemes` are those that ``initialization`` may name.
  ///
  /// Throws ``WrongMember``.
  package init(json: JSONObject, schemes: [InitializationScheme]) throws(WrongMember) {
    func member<Value>(_ key: String, _ value: (JSON) -> Value?) throws(WrongMember) -> Value {
      guard let value = json[key].flatMap(value) else { throw WrongMember(key: key) }
      return value
    }
    func float(_ json: JSON) -> Float? { json.number.map { Float($0) } }
    func optionalFloat(_ key: String) throws(WrongMember) -> Float? {
      if case .null? = json[key] { return nil }
      return try member(key, float)
    }
    self.init()
    epochs = try member("epochs", \.integer)
    batch = try member("batch_size", \.integer)
    optimizer = try member("optimizer") { $0.string.flatMap { try? OptimizerKind(parsing: $0) } }
    learningRate = LearningRate(
      base: try member("learning_rate", \.number),
      schedule: try member("schedule") { $0.string.flatMap { try? Schedule(parsing: $0) } },
      warmupEpochs: try member("warmup_epochs", \.integer),
      warmupStart: json["warmup_start"] == nil
        ? LearningRate.usualWarmupStart : try member("warmup_start", \.number))
    weightDecay = try member("weight_decay", float)
    decaysVectors = try member("decay_vectors", \.bool)
    loss = try member("loss") { $0.string.flatMap { try? Loss(parsing: $0) } }
    gradientLimit = try optionalFloat("gradient_limit")
    averageDecay = try optionalFloat("average_decay")
    augmentation = try member("augmentation") { $0.string.flatMap { try? Augmentation(parsing: $0) } }
    initialization = try member("initialization") { name in schemes.first { $0.name == name.string } }
    seed = try member("seed", \.seed)
    guard 1...100_000 ~= epochs else { throw WrongMember(key: "epochs") }
    guard 1...1_000_000 ~= batch else { throw WrongMember(key: "batch_size") }
  }
}

/// A member of `config.json` that is missing or has a value that it cannot have.
package struct WrongMember: Error, Hashable, Sendable {
  /// Its name.
  package let key: String
}

extension JSON {
  /// The value, if it is a seed of random numbers.
  package var seed: UInt64? {
    if case .unsigned(let seed) = self { seed } else { integer.flatMap { UInt64(exactly: $0) } }
  }
}
