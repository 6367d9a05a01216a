import Inputs
import Text

/// Everything that decides the result of a run, but for the network and the data.
package struct TrainingSettings: Hashable, Sendable {
  /// Passes over the training images.
  package var epochs = 10
  /// Images of a step.
  package var batch = 64
  /// The rule of the steps.
  package var optimizer = OptimizerKind.sgd(momentum: 0.9, nesterov: true)
  /// The size of the steps.
  package var learningRate = LearningRate(base: 0.05, schedule: .cosine(floor: 0))
  /// Pull towards zero.
  package var weightDecay: Float = 5e-4
  /// Whether biases and the scales of normalization are pulled too.
  package var decaysVectors = false
  /// What is minimized.
  package var loss = Loss.crossEntropy(smoothing: 0)
  /// Largest norm of the gradient; `nil` for any.
  package var gradientLimit: Float?
  /// Decay of the moving average of the weights, which is then what is tested and kept; `nil` for none.
  package var averageDecay: Float?
  /// What is done to the images.
  package var augmentation = Augmentation()
  /// Name of the scheme of the first values.
  package var initialization = "torch"
  /// Where all random numbers come from.
  package var seed: UInt64 = 0

  /// The settings that nobody changed.
  package init() {}
}

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
      "initialization": .string(initialization), "seed": .unsigned(seed),
    ]
  }
}

extension OptimizerKind: CustomStringConvertible {
  /// `sgd momentum=0.9 nesterov`.
  package var description: String {
    switch self {
    case .sgd(let momentum, let nesterov): "sgd momentum=\(momentum)" + (nesterov ? " nesterov" : "")
    case .adamW(let beta1, let beta2, let epsilon): "adamw betas=\(beta1),\(beta2) epsilon=\(epsilon)"
    }
  }
}

extension Loss: CustomStringConvertible {
  /// `cross-entropy smoothing=0.1`.
  package var description: String {
    switch self {
    case .crossEntropy(let smoothing): "cross-entropy smoothing=\(smoothing)"
    case .radialBasis(let competition): "radial-basis competition=\(competition)"
    }
  }
}

extension Schedule: CustomStringConvertible {
  /// The text that ``init(parsing:)`` reads.
  package var description: String {
    switch self {
    case .constant: "constant"
    case .step(let epochs, let factor): "step:\(epochs),\(factor)"
    case .multiStep(let epochs, let factor):
      "multi-step:\((epochs.map(String.init) + ["\(factor)"]).joined(separator: ","))"
    case .cosine(let floor): "cosine:\(floor)"
    case .oneCycle(let rise, let start, let end): "one-cycle:\(rise),\(start),\(end)"
    }
  }

  /// Reads `constant`, `step:EPOCHS,FACTOR`, `multi-step:EPOCH,…,FACTOR`, `cosine[:FLOOR]` and
  /// `one-cycle[:RISE,START,END]`.
  ///
  /// Throws ``TrainingError/invalidOption(_:value:expected:)``.
  package init(parsing text: String) throws(TrainingError) {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    let fields = parts.count < 2 ? [] : parts[1].split(separator: ",").map { Double($0) ?? .nan }
    switch (parts.first ?? "", fields.count) {
    case ("constant", 0): self = .constant
    case ("step", 2) where fields[0] >= 1 && fields[0] < 1e6 && fields[1] > 0:
      self = .step(epochs: Int(fields[0]), factor: fields[1])
    case ("multi-step", 2...)
    where fields.dropLast().allSatisfy { $0 >= 1 && $0 < 1e6 } && fields[fields.count - 1] > 0:
      self = .multiStep(epochs: fields.dropLast().map { Int($0) }, factor: fields[fields.count - 1])
    case ("cosine", 0): self = .cosine(floor: 0)
    case ("cosine", 1) where fields[0] >= 0: self = .cosine(floor: fields[0])
    case ("one-cycle", 0): self = .oneCycle(rise: 0.3, start: 25, end: 1e4)
    case ("one-cycle", 3) where fields[0] > 0 && fields[0] < 1 && fields[1] >= 1 && fields[2] >= 1:
      self = .oneCycle(rise: fields[0], start: fields[1], end: fields[2])
    default:
      throw .invalidOption(
        "--schedule", value: text,
        expected: "constant, step:EPOCHS,FACTOR, multi-step:EPOCH,EPOCH,FACTOR, cosine, cosine:FLOOR, "
          + "one-cycle or one-cycle:RISE,START,END")
    }
  }
}
