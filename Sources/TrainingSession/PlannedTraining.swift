import Collectives
import Datasets
import Engine
import Files
import GraphIR
import Recipes
import Session
import TensorCore
import Text
import Training
import Weights
import Zoo

/// A training run that is planned but not started: what it needs is known, and nothing is taken yet.
package struct PlannedTraining {
  /// What a run consists of besides network, data and settings.
  package struct Options {
    /// The weights to start from; `nil` for the network's initial values.
    package var weights: NetworkWeights?
    /// Which tensors of their file are meant, where there are several sets of them.
    package var weightsKey: String?
    /// The recipe that the settings come from, if one was asked for.
    package var recipe: String?
    /// Where the data was opened; `nil` for its name.
    package var dataPath: String?
    /// What was held out for validation, if the data has no splits of its own.
    package var heldOut: HeldOutImages?
    /// Whether broken images were left out of the data.
    package var skipsBroken = false
    /// What is to differ from the preprocessing that weights and data ask for.
    package var preprocessing = PreprocessingChanges()
    /// Patterns of the tensors that are not trained.
    package var freeze: [String] = []
    /// How convolutions are computed.
    package var convolution = ConvolutionChoice.automatic
    /// Threads that compute.
    package var threads = ThreadPolicy.defaultThreads
    /// Threads that prepare images; `nil` for what the data needs.
    package var workers: Int?
    /// Steps between two lines of metrics.
    package var logInterval = 100
    /// Steps between two saves within an epoch; `nil` saves every five minutes.
    package var saveInterval: Int?
    /// What ends the run before its last epoch.
    package var earlyStopping: EarlyStopping?
    /// Whether event files for TensorBoard are written into the folder of the run.
    package var writesEvents = false
    /// Whether batch norms take the statistics of the images of all processes.
    package var synchronizesNorms = false
    /// The processes that train together.
    package var group: any ProcessGroup = SingleProcess()
    /// Where the passes of the first steps are noted, if they are.
    package var timeline: Timeline?

    /// The options of a run from initial values.
    package init() {}
  }

  /// How images are prepared.
  package let preprocessing: ImagePreprocessing
  /// Everything that the run will take.
  package let memory: MemoryStatement
  /// Training images that each epoch leaves out because they do not fill a batch.
  package let leftOut: Int
  /// The weights that the run starts from, if they come from a file.
  package let fineTuning: FineTunedValues?

  private let network: Network
  private let data: Dataset
  private let settings: TrainingSettings
  private let options: Options
  private let images: (training: any LabeledImages, validation: any LabeledImages)
  private let graph: Graph
  private let plan: TrainingPlan
  private let frozen: Set<String>
  private let workers: Int

  /// Plans a run; of the weights, only the header is read.
  ///
  /// Throws ``DatasetError``, ``SessionError`` where there is too little memory, ``TrainingError`` for a pattern
  /// that matches no tensor, and ``CheckpointError``.
  package init(_ network: Network, on data: Dataset, _ settings: TrainingSettings, _ options: Options) throws
  {
    images = (try data.images(of: .train), try data.images(of: data.validationSplit ?? .val))
    preprocessing = try network.preprocessing(
      trainingOn: data, from: options.weights, changes: options.preprocessing)
    let share = options.group.share
    let rows = share.range(of: settings.batch)
    guard settings.batch >= share.processes else {
      throw TrainingError.batchTooSmall(batch: settings.batch, processes: share.processes)
    }
    graph = try network.graph(batch: rows.count)
    frozen = try graph.parameters(matching: options.freeze)
    // The last part is never the largest.
    let smallest = options.synchronizesNorms ? settings.batch : settings.batch / share.processes
    let checked = smallest == rows.count ? graph : try network.graph(batch: smallest)
    try checked.checkBatchNorms(frozen: frozen)
    var part = BatchPart()
    part.firstImage = rows.lowerBound
    if options.synchronizesNorms { part.norms = share }
    plan = TrainingPlan(graph, frozen: frozen, convolution: options.convolution, part: part)
    workers = options.workers ?? data.defaultWorkers(threads: options.threads)
    memory = plan.runMemory(graph, settings, data: data, workers: workers, threads: options.threads)
    // The step, the test and the workers of each have threads of their own.
    try Memory.check(
      memory.total, for: network.name, newThreads: 2 * (options.threads + workers), callers: options.threads)
    let rest = images.training.count % settings.batch
    leftOut = rest < images.training.count ? rest : 0
    let graph = graph
    fineTuning = try options.weights?.checkpoint.map {
      try FineTunedValues(
        graph, of: network.name, from: $0, renaming: network.renames,
        initial: InitialValues(of: network, settings))
    }
    self.network = network
    self.data = data
    self.settings = settings
    self.options = options
  }

  /// Number of frozen tensors.
  package var frozenCount: Int { frozen.count }

  /// Number of batch norms, and of those that use their running statistics because they are frozen.
  package var batchNorms: (all: Int, frozen: Int) { graph.batchNormCounts(frozen: frozen) }

  /// Number of training images.
  package var trainingImages: Int { images.training.count }

  /// Takes the memory of the run and reads the weights.
  ///
  /// - Parameters:
  ///   - folder: Where the run is saved; of several processes, the first has one.
  ///   - stopSignal: Asked after each step for the signal that ends the run.
  ///   - report: Told how far the run is.
  ///   - warn: Told of a process that is slow.
  /// - Returns: The training run, ready to start.
  /// - Throws: What is wrong with weights, images or the folder.
  package func trainer(
    into folder: RunFolder?, stopSignal: @escaping () -> Int32?, report: @escaping (TrainingReport) -> Void,
    warn: @escaping (String) -> Void = { _ in }
  ) throws -> Trainer {
    var parts = try parts(stopSignal: stopSignal)
    parts.description = description
    parts.metadata = metadata(preprocessing, data: folder.flatMap(dataName) ?? data.name)
    parts.logInterval = options.logInterval
    parts.saveInterval = options.saveInterval ?? 0
    parts.earlyStopping = options.earlyStopping
    if options.writesEvents { parts.eventFolder = folder?.events }
    parts.warn = warn
    return try Trainer(parts, folder: folder, report: report)
  }

  /// Takes the memory of the run, reads the weights, and tries learning rates; nothing is saved.
  ///
  /// - Parameters:
  ///   - range: The learning rates.
  ///   - stopSignal: Asked before each step for the signal that ends the test.
  ///   - report: Told the number of steps so far.
  /// - Returns: What was found; `nil` if the signal came.
  /// - Throws: What is wrong with weights or images.
  package func learningRateTest(
    _ range: LearningRateTest.Range, stopSignal: @escaping () -> Int32?, report: (Int) -> Void
  ) throws -> LearningRateTest? {
    try LearningRateTest.run(parts(stopSignal: stopSignal), range, report: report)
  }

  /// What training needs, with the weights read.
  private func parts(stopSignal: @escaping () -> Int32?) throws -> Trainer.Parts {
    let pipeline = try SamplePipeline(
      preprocessing, augmentation: settings.augmentation, of: images.training)
    let initial: any ParameterSource = fineTuning ?? InitialValues(of: network, settings)
    var parts = Trainer.Parts(
      network: try EngineNetwork(
        graph, plan: plan, parameters: initial, threads: options.threads, processes: options.group,
        timeline: options.timeline),
      source: .init(
        images: images.training, pipeline: pipeline, batch: settings.batch, seed: settings.seed,
        share: options.group.share),
      test: images.validation, settings: settings)
    parts.frozen = frozen
    parts.workers = workers
    parts.stopSignal = stopSignal
    parts.group = options.group
    parts.timeline = options.timeline
    return parts
  }

  /// What decides the result of the run besides the settings.
  private var description: JSONObject {
    var object: JSONObject = [
      "schema": "cnnzoo.run/1", "model": .string(network.name),
      "set": .array(network.settings.map { .string($0.text) }), "classes": .integer(network.classes),
      "input_shape": .shape(network.image), "data": .string(data.name),
      "train_images": .integer(images.training.count), "test_images": .integer(images.validation.count),
      "weights": options.weights?.path.map(JSON.string) ?? .null,
      "freeze": .array(options.freeze.map(JSON.string)),
    ]
    let paths = [("data_path", options.dataPath ?? data.name), ("weights_path", options.weights?.path)]
    for (key, path) in paths {
      if let path, let canonical = FilePath.canonical(path) { object.append(key, .string(canonical)) }
    }
    if let recipe = options.recipe { object.append("recipe", .string(recipe)) }
    if let heldOut = options.heldOut {
      object.append("val_fraction", .number(heldOut.fraction))
      object.append("val_seed", .unsigned(heldOut.seed))
    }
    if options.skipsBroken { object.append("skip_broken", .bool(true)) }
    if options.synchronizesNorms { object.append("sync_batch_norm", .bool(true)) }
    if let key = options.weightsKey { object.append("weights_key", .string(key)) }
    if !options.preprocessing.isEmpty {
      object.append("preprocess", .array(options.preprocessing.texts.map(JSON.string)))
    }
    if options.convolution != .automatic {
      object.append("convolution", .string(options.convolution.name))
    }
    return object
  }

  /// What the run that `folder` holds calls its data: resumed by another spelling of the path, it writes the same files.
  private func dataName(in folder: RunFolder) -> String? {
    guard let checkpoint = try? Checkpoint.open(path: folder.last) else { return nil }
    return try? WeightDescription(checkpoint)?.data
  }

  /// The description in the weight files.
  private func metadata(_ preprocessing: ImagePreprocessing, data: String) -> [(key: String, value: String)] {
    let description = WeightDescription(
      model: network.name, settings: network.settings.map(\.text), preprocessing: preprocessing,
      classes: network.classes, data: data, classNames: self.data.classNames)
    return [("format", "pt")] + description.metadata
  }
}
