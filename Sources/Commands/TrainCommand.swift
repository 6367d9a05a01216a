import ArgumentParser
import Collectives
import Datasets
import Engine
import Files
import Graphics
import Recipes
import Session
import Text
import Training
import TrainingSession
import Zoo

/// `cnnzoo train`: trains a network.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a network from scratch or from existing weights.",
    discussion: """
      Writes config.json, metrics.jsonl, last.safetensors, best.safetensors (the epoch with the highest accuracy) and \
      state.safetensors to the output folder. --resume continues from there, bit for bit as if the run had never \
      stopped. SIGINT and SIGTERM save before they stop the run. The same seed gives the same bits for any number of \
      threads and workers. With --find-lr, nothing is trained or kept: --output is then a plot, and not needed.
      """)

  @Argument(help: "Name of a network, see 'cnnzoo list'.")
  var model: String

  @Option(help: ArgumentHelp(DataOptions.help, valueName: "dir"))
  var data: String?

  @OptionGroup var images: DataOptions

  @OptionGroup var holding: HeldOutOptions

  @Option(help: .init("Output folder of the run; with --find-lr, a .svg or .png file.", valueName: "dir"))
  var output: String?

  @Flag(
    help: """
      Resume the run in the output folder, with its own settings where nothing else is said; start it if there is none.
      """)
  var resume = false

  @Option(
    help: .init(
      "Start from this weight file; a head of another size is newly initialized.", valueName: "file"))
  var weights: String?

  @OptionGroup var key: WeightsKeyOption

  @Option(
    help: .init(
      "Do not train the parameters that match, such as 'layer1.*'; may be repeated.", valueName: "pattern")
  )
  var freeze: [String] = []

  @OptionGroup var preprocessing: PreprocessOption
  @OptionGroup var recipe: RecipeOptions
  @OptionGroup var network: NetworkOptions
  @OptionGroup var threading: ThreadOption
  @OptionGroup var algorithm: ConvolutionOption

  @Option(
    help: .init("Steps between saves within an epoch. Default: a save every five minutes.", valueName: "n"))
  var saveEvery: Int?

  @Option(help: .init("Steps between lines of metrics.", valueName: "n"))
  var logEvery = 100

  @OptionGroup var stopping: EarlyStoppingOptions

  @Flag(help: "Write event files for TensorBoard into the output folder, in 'tensorboard'.")
  var tensorboard = false

  @OptionGroup var rates: LearningRateOptions
  @OptionGroup var drawing: DrawingOptions
  @Flag(
    help: """
      Take the statistics of batch norms over the images of all processes that mpirun has started, not of each alone.
      """)
  var syncBatchNorm = false

  @Option(
    help: .init(
      "Write when the passes, layers and messages of the first steps were, as trace events.",
      valueName: "file.json"))
  var trace: String?

  func validate() throws {
    try check(saveEvery, atLeast: 1, option: "--save-every")
    try check(logEvery, atLeast: 1, option: "--log-every")
    if rates.findLr {
      try drawing.validate(output, option: "--output")
    } else {
      try refuse("--scale", when: true, "without --find-lr")
      if output == nil { throw ValidationError("Missing expected argument '--output <dir>'") }
    }
    if !resume {
      // With --resume, what they need may be in the run.
      _ = try stopping.rule(resuming: nil)
      _ = try holding.heldOut()
    }
    try check(trace, endsIn: ".json", option: "--trace")
    try key.check(weights: weights)
  }

  func run() throws {
    let timeline = trace.map { _ in Timeline() }
    try Job.run(timeline: timeline) { group in try run(in: group, timeline) }
  }

  /// Trains together with the other processes of the group.
  private func run(in group: any ProcessGroup, _ timeline: Timeline?) throws {
    if rates.findLr {
      if group.count > 1 { throw ValidationError("--find-lr runs in one process alone") }
      return try findLearningRate(try planned(group, timeline))
    }
    let trainer = try group.together { try prepared(group, timeline) }
    Interruption.install()
    let test: Evaluation
    do throws(TrainingError) { test = try trainer.run(resumes: resume) } catch {
      try writeTrace(timeline, of: group)
      guard case .stopped(let signal, _) = error else { throw error }
      note("\(error)")
      throw ExitCode(128 + signal)
    }
    try writeTrace(timeline, of: group)
    if let stop = trainer.earlyStop { note(description(of: stop)) }
    try emit(summary(test))
  }

  /// Writes the trace of the first process.
  private func writeTrace(_ timeline: Timeline?, of group: any ProcessGroup) throws {
    guard let trace, let timeline, group.isFirst else { return }
    try AtomicFile.write(Array(timeline.json(process: group.rank).utf8), to: trace)
    if let overlap = timeline.overlap {
      note(
        "\(Numbers.fixed(100 * overlap, digits: 0)) % of the time of messages overlapped with the backward pass"
      )
    }
  }

  /// A run that is planned, with its settings and the name of its data.
  private typealias Planned = (training: PlannedTraining, settings: TrainingSettings, data: String)

  /// The run, ready to start.
  private func prepared(_ group: any ProcessGroup, _ timeline: Timeline?) throws -> Trainer {
    if let trace, group.isFirst { try AtomicFile.check(trace) }
    let (training, settings, _) = try planned(group, timeline)
    let folder = group.isFirst ? try RunFolder(path: self.folder) : nil
    if resume, let before = folder?.storedEpochs, before < settings.epochs {
      note(
        "epochs increase from \(before) to \(settings.epochs): the learning-rate schedule stretches with them"
      )
    }
    return try training.trainer(
      into: folder, stopSignal: { Interruption.status.map { $0 - 128 } },
      report: TrainingProgress.show, warn: note)
  }

  /// Everything that a process does before it takes memory.
  private func planned(_ group: any ProcessGroup, _ timeline: Timeline?) throws -> Planned {
    let entry = try Registry.current.entry(model)
    let stored = resume ? try StoredRun(in: folder, of: model) : nil
    if let stored, let name = recipe.recipe, name != stored.recipe {
      let before = stored.recipe.map { "\"\($0)\"" } ?? "absent"
      throw TrainingError.otherSettings(
        folder: folder, differences: ["recipe was \(before), is \"\(name)\""])
    }
    let initial = try (weights ?? stored?.weights).map {
      try NetworkWeights.file(path: $0, key: key.weightsKey ?? stored?.weightsKey, for: entry)
    }
    let place = try dataPlace(stored)
    let skippedBefore = stored?.skipsBroken ?? false
    let opened = try images.open(place, skippedBefore: skippedBefore)
    let heldOut = try holding.heldOut(before: stored?.heldOut)
    let data = try opened.data.divided(asAskedBy: heldOut)
    let network = try Network(request(stored), trainedOn: data, from: initial)
    let settings = try recipe.settings(for: network, resuming: stored)
    if let recipe = try recipe.recipe(for: network) {
      note("recipe \(recipe.name): \(recipe.source)" + (recipe.expected.map { "; reported: \($0)" } ?? ""))
    }
    let changes = try preprocessing.parsed(or: stored?.preprocess ?? [])
    var options = self.options(initial, changes, resuming: stored)
    options.dataPath = place
    options.skipsBroken = opened.isWithoutBroken || skippedBefore
    options.heldOut = heldOut
    options.earlyStopping = try stopping.rule(resuming: stored?.earlyStopping)
    options.writesEvents = tensorboard || stored?.writesEvents ?? false
    options.group = group
    options.timeline = timeline
    let training = try PlannedTraining(network, on: data, settings, options)
    try refuse(
      "--init", when: training.fineTuning?.renewed.isEmpty ?? false, "when all tensors come from --weights")
    try refuse(
      "--sync-batch-norm", when: training.batchNorms.all == 0, "on a network without batch norms")
    describe(
      training, of: network, from: initial, changes, isFrozen: !options.freeze.isEmpty, batch: settings.batch)
    return (training, settings, data.name)
  }

  /// Tries learning rates, and prints what is found; nothing else is written.
  private func findLearningRate(_ planned: Planned) throws {
    if let output { try drawing.prepare(output) }
    Interruption.install()
    var progress = ImageProgress(total: rates.range.steps, of: "steps")
    let test = try planned.training.learningRateTest(
      rates.range, stopSignal: { Interruption.status.map { $0 - 128 } },
      report: { _ in progress.advance(by: 1) })
    guard let test else { throw ExitCode(Interruption.status ?? ExitStatus.software.rawValue) }
    let report = LearningRateReport(model: model, data: planned.data, test: test)
    if let output { try drawing.write(CurvePlot.drawing(of: [report.plot]), to: output) }
    switch rates.format ?? .text {
    case .text: try emit(report.text)
    case .json: try emit(report.json.line)
    case .csv, .markdown: try emit(report.table.text(as: rates.format ?? .csv))
    }
  }

  /// Why a run has ended early, and where its best weights are.
  private func description(of stop: EarlyStop) -> String {
    let value =
      switch stop.rule.metric {
      case .accuracy: "accuracy \(Numbers.fixed(100 * stop.bestValue, digits: 2)) %"
      case .loss: "loss \(Numbers.fixed(stop.bestValue, digits: 4))"
      }
    let than =
      stop.rule.leastImprovement > 0 ? " by more than \(stop.rule.leastImprovement)" : ""
    return
      "stopped early after epoch \(stop.epoch): the test \(value) of epoch \(stop.bestEpoch) has not improved"
      + "\(than) for \(stop.rule.patience) epochs; \(escaped(folder))/best.safetensors has epoch \(stop.savedEpoch)"
  }

  /// The folder of the run, which ``validate()`` asks for.
  private var folder: String { output ?? "" }

  /// Where the data is.
  private func dataPlace(_ stored: StoredRun?) throws -> String {
    if let place = data ?? stored?.data { return place }
    throw ValidationError(
      resume
        ? "Missing expected argument '--data <dir>': \(folder) holds no run to take it from"
        : "Missing expected argument '--data <dir>'")
  }

  /// The network that is asked for; where nothing is said, that of the run that is resumed.
  private func request(_ stored: StoredRun?) -> NetworkRequest {
    var request = network.request(model)
    if let stored {
      if request.settings.isEmpty { request.settings = stored.request.settings }
      request.classes = request.classes ?? stored.request.classes
      request.inputSize = request.inputSize ?? stored.request.inputSize
    }
    return request
  }

  /// Says on standard error what the run takes, starts from, freezes and leaves out.
  private func describe(
    _ training: PlannedTraining, of network: Network, from initial: NetworkWeights?,
    _ changes: PreprocessingChanges, isFrozen: Bool, batch: Int
  ) {
    note("memory: \(training.memory.text)")
    if isFrozen {
      let norms = training.batchNorms
      let text =
        norms.all == 0 ? "" : "; \(norms.frozen) of \(norms.all) batch norms use their running statistics"
      note("\(training.frozenCount) tensors frozen\(text)")
    }
    if let tuned = training.fineTuning, let weights = initial?.path {
      for text in tuned.notes { note("\(escaped(weights)): \(text)") }
      let initialized =
        tuned.renewed.isEmpty ? "" : "; newly initialized: \(tuned.renewed.joined(separator: ", "))"
      note("\(tuned.kept.count) tensors loaded from \(escaped(weights))" + initialized)
    }
    if training.leftOut > 0 {
      note(
        "each epoch leaves out \(training.leftOut) of the \(training.trainingImages) training images, different ones"
          + " each time: they do not fill a batch of \(batch)")
    }
    if let initial {
      noteAssumptions(about: initial, of: network, training.preprocessing, changes: changes)
    }
  }

  private func options(
    _ weights: NetworkWeights?, _ changes: PreprocessingChanges, resuming stored: StoredRun?
  ) -> PlannedTraining.Options {
    var options = PlannedTraining.Options()
    options.weights = weights
    options.recipe = recipe.recipe ?? stored?.recipe
    options.preprocessing = changes
    options.weightsKey = key.weightsKey ?? stored?.weightsKey
    options.freeze = freeze.isEmpty ? stored?.freeze ?? [] : freeze
    options.convolution = algorithm.stated ?? stored?.convolution ?? .automatic
    options.threads = threading.count
    options.workers = images.workers
    options.logInterval = logEvery
    options.synchronizesNorms = syncBatchNorm || (stored?.synchronizesNorms ?? false)
    options.saveInterval = saveEvery
    return options
  }

  private func summary(_ test: Evaluation) -> String {
    "\(model): test accuracy \(Numbers.fixed(100 * test.topOne, digits: 2)) %, "
      + "loss \(Numbers.fixed(test.loss, digits: 4)); weights in \(folder)/last.safetensors\n"
  }
}
