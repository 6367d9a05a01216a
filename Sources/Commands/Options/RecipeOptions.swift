import ArgumentParser
import Recipes
import Session
import TensorCore
import Training
import TrainingSession
import Zoo

/// The settings of a training run: a recipe's, and what the command line changes of them.
struct RecipeOptions: ParsableArguments {
  enum OptimizerName: String, ExpressibleByArgument, CaseIterable {
    case sgd
    case adamw
    case rmsprop
    case rmspropTF = "rmsprop-tf"
  }

  enum LossName: String, ExpressibleByArgument, CaseIterable {
    case crossEntropy = "cross-entropy"
    case radialBasis = "radial-basis"
  }

  @Option(
    help: .init(
      "Recipe to start from: paper, fashion-mnist; 'about' lists a network's. Other options override it.",
      valueName: "name"))
  var recipe: String?

  @Option(help: .init("Passes over the training images; the schedule stretches with them.", valueName: "e"))
  var epochs: Int?

  @Option(help: .init("Images per step.", valueName: "n"))
  var batchSize: Int?

  @Option(help: "Optimizer to use.")
  var optimizer: OptimizerName?

  @Option(name: .customLong("lr"), help: .init("Base learning rate.", valueName: "x"))
  var learningRate: Double?

  @Option(help: .init("Momentum of SGD and RMSProp.", valueName: "x"))
  var momentum: Float?

  @Flag(inversion: .prefixedNo, help: "Use Nesterov momentum.")
  var nesterov: Bool?

  @Option(help: .init("Weight decay.", valueName: "x"))
  var weightDecay: Float?

  @Flag(inversion: .prefixedNo, help: "Apply weight decay to biases and normalization too.")
  var decayAll: Bool?

  @Option(
    help: .init(
      "Learning-rate schedule: constant, step:EPOCHS,FACTOR, multi-step:EPOCH,…,FACTOR, cosine[:FLOOR], poly[:POWER], "
        + "one-cycle[:RISE,START,END].",
      valueName: "schedule"), transform: Schedule.init(parsing:))
  var schedule: Schedule?

  @Option(help: .init("Epochs of linear warm-up.", valueName: "e"))
  var warmup: Int?

  @Option(help: .init("Label smoothing.", valueName: "x"))
  var smoothing: Float?

  @Option(help: "Loss to minimize.")
  var loss: LossName?

  @Option(help: .init("Penalty at which radial basis units stop competing.", valueName: "j"))
  var competition: Float?

  @Option(help: .init("Norm to clip gradients to.", valueName: "x"))
  var clip: Float?

  @Option(
    help: .init("Decay of a moving average of the weights, which is then tested and saved.", valueName: "x"))
  var ema: Float?

  @Option(
    help: .init(
      "Augmentation: none, or a list of pad-crop=PIXELS, flip, resized-crop=SHARE, auto-augment, rand-augment=0...30, "
        + "trivial-augment, jitter=X, lighting=X, cutout=SIDE, erasing=CHANCE, mixup=ALPHA, cutmix=ALPHA.",
      valueName: "list"),
    transform: Augmentation.init(parsing:))
  var augment: Augmentation?

  @Option(
    name: .customLong("init"),
    help: .init(
      "Initialization scheme: \(RecipeOptions.schemeNames).", valueName: "scheme"),
    transform: RecipeOptions.scheme)
  var initialization: InitializationScheme?

  @Option(help: .init("Seed of all random numbers. Default: 0.", valueName: "s"))
  var seed: UInt64?

  func validate() throws {
    try check(epochs, in: 1...100_000, option: "--epochs")
    try check(batchSize, in: Limits.batch, option: "--batch-size")
    try check(learningRate, above: 0, option: "--lr")
    try check(momentum, in: 0..<1, option: "--momentum")
    try check(weightDecay, in: 0...1, option: "--weight-decay")
    try check(warmup, in: 0...100_000, option: "--warmup")
    try check(smoothing, in: 0..<1, option: "--smoothing")
    if let competition, !competition.isFinite { throw ValidationError("--competition must be finite") }
    try check(clip, above: 0, option: "--clip")
    try check(ema, in: 0..<1, option: "--ema")
  }

  private static var schemeNames: String {
    Registry.current.initializationSchemes.map(\.name).joined(separator: ", ")
  }

  private static func scheme(_ name: String) throws -> InitializationScheme {
    guard let scheme = Registry.current.initializationSchemes.first(where: { $0.name == name }) else {
      throw ValidationError("expected one of \(schemeNames)")
    }
    return scheme
  }

  /// The recipe that was asked for; `nil` without `--recipe`.
  ///
  /// Throws ``RecipeError`` where the network has no such recipe.
  func recipe(for network: Network) throws(RecipeError) -> Recipe? {
    guard let recipe else { return nil }
    return try network.architecture.recipes.named(recipe, image: network.image, of: network.name)
  }

  /// The settings of the training run; those of the run that is resumed where nothing else is said.
  func settings(for network: Network, resuming stored: StoredRun?) throws -> TrainingSettings {
    let standard = network.architecture.standardSettings
    var settings = try recipe(for: network)?.settings(from: standard) ?? standard
    if let stored { settings = stored.settings }
    if let initialization { settings.initialization = initialization }
    if let seed { settings.seed = seed }
    if let batchSize { settings.batch = batchSize }
    if let epochs {
      settings.learningRate.stretch(from: settings.epochs, to: epochs)
      settings.epochs = epochs
    }
    change(&settings.learningRate)
    change(&settings.optimizer)
    if let weightDecay { settings.weightDecay = weightDecay }
    if let decayAll { settings.decaysVectors = decayAll }
    change(&settings.loss)
    if let clip { settings.gradientLimit = clip }
    if let ema { settings.averageDecay = ema }
    if let augment { settings.augmentation = augment }
    try refuseUseless(settings, image: network.image)
    return settings
  }

  private func change(_ rate: inout LearningRate) {
    if let learningRate { rate.base = learningRate }
    if let schedule { rate.schedule = schedule }
    if let warmup { rate.warmupEpochs = warmup }
  }

  /// The loss that is named twice keeps its numbers; another one starts from its defaults.
  private func change(_ kind: inout Loss) {
    switch (loss, kind) {
    case (.crossEntropy, .radialBasis): kind = .crossEntropy(smoothing: 0)
    case (.radialBasis, .crossEntropy): kind = .radialBasis(competition: 50)
    default: break
    }
    switch kind {
    case .crossEntropy(let old): kind = .crossEntropy(smoothing: smoothing ?? old)
    case .radialBasis(let old): kind = .radialBasis(competition: competition ?? old)
    }
  }

  /// Likewise for the optimizer.
  private func change(_ kind: inout OptimizerKind) {
    switch (optimizer, kind) {
    case (nil, _), (.sgd, .sgd), (.adamw, .adamW), (.rmsprop, .rmsProp(.torch, _, _, _)),
      (.rmspropTF, .rmsProp(.tensorFlow, _, _, _)):
      break
    case (.sgd, _): kind = .sgd(momentum: 0.9, nesterov: true)
    case (.adamw, _): kind = .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    // Those of the reference scripts of torchvision and of timm's EfficientNets.
    case (.rmsprop, _): kind = .rmsProp(.torch, alpha: 0.9, epsilon: 0.0316, momentum: 0.9)
    case (.rmspropTF, _): kind = .rmsProp(.tensorFlow, alpha: 0.9, epsilon: 0.001, momentum: 0.9)
    }
    switch kind {
    case .sgd(let old, let oldNesterov):
      let value = momentum ?? old
      kind = .sgd(momentum: value, nesterov: value > 0 && (nesterov ?? oldNesterov))
    case .rmsProp(let form, let alpha, let epsilon, let old):
      kind = .rmsProp(form, alpha: alpha, epsilon: epsilon, momentum: momentum ?? old)
    case .adamW: break
    }
  }

  /// Throws a ``ValidationError`` for an option that the settings leave without an effect.
  private func refuseUseless(_ settings: TrainingSettings, image: Shape) throws {
    switch settings.optimizer {
    case .adamW:
      try refuse("--momentum", "--nesterov", "--no-nesterov", when: true, "with the optimizer adamw")
    case .rmsProp: try refuse("--nesterov", "--no-nesterov", when: true, "with the optimizer rmsprop")
    case .sgd(let momentum, _):
      try refuse("--nesterov", "--no-nesterov", when: momentum == 0, "with a momentum of 0")
    }
    switch settings.loss {
    case .crossEntropy: try refuse("--competition", when: true, "with the loss cross-entropy")
    case .radialBasis: try refuse("--smoothing", when: true, "with the loss radial-basis")
    }
    try refuse("--decay-all", "--no-decay-all", when: settings.weightDecay == 0, "with a weight decay of 0")
    try refuse(
      "--schedule", when: settings.learningRate.warmupEpochs >= settings.epochs,
      "when the warm-up takes all \(settings.epochs) epochs")
    try refuse(
      "--augment", when: settings.augmentation.lighting > 0 && image[0] != 3,
      "with lighting on images that do not have three channels")
  }
}
