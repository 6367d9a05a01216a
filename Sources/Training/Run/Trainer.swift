import Collectives
import Datasets
import Engine
import Files
import Glibc
import GraphIR
import Inputs
import Recipes
import TensorCore
import Text
import Weights

/// The progress that a training run reports.
package struct TrainingReport: Sendable {
  /// The current epoch, counted from 1.
  package var epoch: Int
  /// Epochs of the whole training run.
  package var epochs: Int
  /// Steps of this epoch so far.
  package var stepOfEpoch: Int
  /// Steps per epoch.
  package var stepsPerEpoch: Int
  /// Mean loss of this epoch so far.
  package var loss: Double
  /// Accuracy on this epoch's samples so far.
  package var accuracy: Double
  /// Learning rate of the last step.
  package var rate: Double
  /// Images per second of the last steps; `nil` before any are counted.
  package var imagesPerSecond: Double?
  /// Estimated seconds left.
  package var secondsLeft: Double
  /// Result on the test images, at the end of an epoch.
  package var test: Evaluation?
}

/// A training run: steps, tests, saves.
///
/// Stopped at any moment, it resumes as if it had never stopped.
package final class Trainer {
  /// What a training run consists of.
  package struct Parts {
    /// The network, with its initial values.
    package var network: any TrainableNetwork
    /// Training images, in batches of the network's size.
    package var source: BatchLoader.Source
    /// Test images.
    package var test: any LabeledImages
    /// The settings.
    package var settings: TrainingSettings
    /// Names of the frozen tensors.
    package var frozen: Set<String> = []
    /// Members of the configuration beyond the settings: model, data.
    package var description: JSONObject = [:]
    /// What weight files say about themselves.
    package var metadata: [(key: String, value: String)] = []
    /// Threads that prepare images.
    package var workers = 1
    /// Steps between two lines of metrics.
    package var logInterval = 100
    /// Steps between two saves within an epoch; 0 to go by ``saveSeconds`` instead.
    package var saveInterval = 0
    /// Seconds between two saves within an epoch.
    package var saveSeconds = 300.0
    /// What ends the training run before its last epoch.
    package var earlyStopping: EarlyStopping?
    /// Folder for TensorBoard's event files; `nil` for none.
    package var eventFolder: String?

    /// The signal that asked the training run to stop, if one came.
    package var stopSignal: () -> Int32? = { nil }
    /// The processes that train together; `source` has the share of this one.
    package var group: any ProcessGroup = SingleProcess()
    /// Where the passes of the first steps are noted, if they are.
    package var timeline: Timeline?
    /// Told of a process that is slow.
    package var warn: (String) -> Void = { _ in }

    /// The parts that every training run has.
    package init(
      network: any TrainableNetwork, source: BatchLoader.Source, test: any LabeledImages,
      settings: TrainingSettings
    ) {
      self.network = network
      self.source = source
      self.test = test
      self.settings = settings
    }
  }

  private let parts: Parts
  private let network: any TrainableNetwork
  private let settings: TrainingSettings
  /// The folder of the run, in the process that writes it.
  private let folder: RunFolder?
  private let group: any ProcessGroup
  private let report: (TrainingReport) -> Void
  private let stepsPerEpoch: Int
  private let runs: [ParameterRun]
  private let optimizer: Optimizer
  private let average: WeightAverage?
  private var state = RunState()
  private var stopwatch = Stopwatch()
  private var saveWatch = Stopwatch()
  private var secondsBefore = 0.0
  private var imagesPerSecond: Double?
  private var events: TrainingEvents?
  private var pace = Pace()

  /// Why the training run has ended before its last epoch; `nil` where it has not.
  package var earlyStop: EarlyStop? {
    guard state.epoch < settings.epochs, let rule = parts.earlyStopping, let best = state.stoppingBest,
      rule.ends(after: state.epoch, best: best)
    else { return nil }
    return EarlyStop(
      rule: rule, epoch: state.epoch, bestEpoch: best.epoch, bestValue: best.value,
      savedEpoch: state.bestEpoch)
  }

  /// A training run with output in `folder`; of several processes, the first has it.
  ///
  /// Throws ``TrainingError`` where settings, data and network do not fit together.
  package init(
    _ parts: Parts, folder: RunFolder?, report: @escaping (TrainingReport) -> Void = { _ in }
  ) throws(TrainingError) {
    self.parts = parts
    self.folder = folder
    self.report = report
    network = parts.network
    group = parts.group
    settings = parts.settings
    stepsPerEpoch = parts.source.stepsPerEpoch
    guard stepsPerEpoch > 0 else {
      throw .batchTooLarge(batch: parts.source.batch, images: parts.source.images.count)
    }
    runs = ParameterRun.runs(
      of: network.slots, weightDecay: settings.weightDecay, decaysVectors: settings.decaysVectors,
      frozen: parts.frozen)
    optimizer = Optimizer(settings.optimizer, runs: runs, count: network.values.count)
    average = settings.averageDecay.map {
      WeightAverage(of: UnsafeBufferPointer(parts.network.values), decay: $0)
    }
  }

  // MARK: Training

  /// Trains to the end.
  ///
  /// - Parameter resumes: Whether to continue a training run that the folder holds; otherwise such a folder is
  ///   refused.
  /// - Returns: The last test.
  /// - Throws: ``TrainingError``; the last save stays intact.
  package func run(resumes: Bool) throws(TrainingError) -> Evaluation {
    var config = parts.description
    config.append(contentsOf: settings.json)
    if let rule = parts.earlyStopping { config.append(RunFolder.earlyStopping, rule.json) }
    var log: MetricsLog?
    if let folder {
      if folder.holdsRun {
        guard resumes else { throw .holdsRun(folder: folder.path) }
        try folder.checkConfig(config)
        if try folder.isOutdated(by: config) { try folder.writeConfig(config) }
        folder.removeUnfinished()
      } else {
        try folder.writeConfig(config)
      }
      if folder.holdsState { try load(folder) }
      log = try MetricsLog(path: folder.metrics, length: state.metricsLength)
    }
    try shareState()
    secondsBefore = state.seconds
    let totalSteps = settings.epochs * stepsPerEpoch
    if let folder = parts.eventFolder {
      events = try TrainingEvents(in: folder, after: state.step, of: totalSteps)
    }
    let loader: BatchLoader
    do throws(ThreadError) {
      loader = try BatchLoader(parts.source, from: state.step, to: totalSteps, workers: parts.workers)
    } catch { throw .threads(error) }
    defer { loader.stop() }
    let frozenBuffers = network.slots.filter {
      parts.frozen.contains($0.parameter.name) && $0.parameter.role == .buffer
    }.map { slot in (slot, Array(network.values[slot.offset..<slot.offset + slot.count])) }
    let step = TrainingStep(
      network, settings, optimizer, average, runs, group: group, timeline: parts.timeline)

    var test: Evaluation?
    stopwatch = Stopwatch()
    while state.epoch < settings.epochs && earlyStop == nil {
      if state.step == (state.epoch + 1) * stepsPerEpoch {
        test = try finishEpoch(log)
        continue
      }
      let rate = settings.learningRate.rate(
        step: state.step, stepsPerEpoch: stepsPerEpoch, epochs: settings.epochs)
      let batch: BatchLoader.Batch
      let waiting = Stopwatch()
      do throws(InputError) { batch = try loader.next() } catch { throw .input(error) }
      let waited = waiting.seconds
      var dropout = CounterGenerator(seed: settings.seed, Stream.dropout, UInt64(state.step))
      let result = step.run(
        batch.images, batch.targets, batch: parts.source.batch, rate: Float(rate), seed: dropout.next(),
        signal: parts.stopSignal(), waited: waited)
      guard let result else {
        throw .notFinite(
          step: state.step % stepsPerEpoch + 1, epoch: state.epoch + 1,
          layer: network.firstNonFiniteLayer() ?? network.firstNonFiniteParameter())
      }
      for (slot, kept) in frozenBuffers {
        for i in 0..<slot.count { network.values[slot.offset + i] = kept[i] }
      }
      state.step += 1
      state.lossSum += result.lossSum
      state.correct += result.correct
      state.seen += result.images
      let count = Double(result.images)
      try events?.add(
        step: state.step, loss: result.lossSum / count, accuracy: Double(result.correct) / count, rate: rate)
      if let slow = pace.slowest(after: result.seconds, name: group.name) { parts.warn(slow) }
      try afterStep(log, rate: rate, signal: result.signal)
    }
    if let test { return test }
    // The run was finished before. If it failed in its last save, the state was written and the weights were not.
    if let folder { try writeWeights(to: folder.last) }
    guard let test = try evaluate() else { throw stopped(by: nil) }
    return test
  }

  /// The error that says that all processes were stopped.
  ///
  /// One that was not told so itself has the signal from the others.
  private func stopped(by signal: Int32?) -> TrainingError {
    .stopped(signal: signal ?? parts.stopSignal() ?? SIGTERM, folder: folder?.path ?? "")
  }

  private func afterStep(_ log: MetricsLog?, rate: Double, signal: Int32?) throws(TrainingError) {
    let inEpoch = state.step - state.epoch * stepsPerEpoch
    let images = ((inEpoch - 1) % parts.logInterval + 1) * parts.source.batch
    if inEpoch % parts.logInterval == 0 || inEpoch == stepsPerEpoch {
      let speed = Double(images) / max(stopwatch.lap(), 1e-9)
      try log?.append([
        "kind": "step", "epoch": .integer(state.epoch + 1), "step": .integer(state.step),
        "loss": .number(state.lossSum / Double(state.seen)),
        "accuracy": .number(Double(state.correct) / Double(state.seen)), "learning_rate": .number(rate),
        "images_per_second": .number(speed),
      ])
      imagesPerSecond = speed
    }
    var summary = progress(rate: rate)
    // Before the first interval is over, what there is of it.
    summary.imagesPerSecond = imagesPerSecond ?? Double(images) / max(stopwatch.lapSeconds, 1e-9)
    report(summary)
    if let signal {
      try save(log)
      throw stopped(by: signal)
    }
    let isDue =
      parts.saveInterval > 0
      ? state.step % parts.saveInterval == 0 : saveWatch.seconds > parts.saveSeconds
    if isDue && inEpoch < stepsPerEpoch { try save(log) }
  }

  private func finishEpoch(_ log: MetricsLog?) throws(TrainingError) -> Evaluation {
    try checkValues()
    guard let test = try evaluate() else {
      try save(log)
      throw stopped(by: nil)
    }
    state.epoch += 1
    let rate = settings.learningRate.rate(
      step: state.step - 1, stepsPerEpoch: stepsPerEpoch, epochs: settings.epochs)
    let seconds = secondsBefore + stopwatch.seconds
    try log?.append([
      "kind": "epoch", "epoch": .integer(state.epoch), "step": .integer(state.step),
      "train_loss": .number(state.lossSum / Double(max(state.seen, 1))),
      "train_accuracy": .number(Double(state.correct) / Double(max(state.seen, 1))),
      "test_loss": .number(test.loss), "test_accuracy": .number(test.topOne),
      "test_top5": .number(test.topFive), "learning_rate": .number(rate),
      "images_per_second": .number(
        Double(state.step) * Double(parts.source.batch) / max(seconds, 1e-9)),
      "seconds": .number(seconds),
    ])
    var summary = progress(rate: rate)
    summary.epoch = state.epoch
    summary.stepOfEpoch = stepsPerEpoch
    summary.test = test
    if test.topOne > state.bestAccuracy {
      (state.bestAccuracy, state.bestEpoch) = (test.topOne, state.epoch)
      if let folder { try writeWeights(to: folder.best) }
    }
    if let rule = parts.earlyStopping {
      state.stoppingBest = rule.best(state.stoppingBest, after: state.epoch, test)
    }
    try events?.add(
      epochEndingAt: state.step, loss: summary.loss, accuracy: summary.accuracy, test: test)
    (state.lossSum, state.correct, state.seen) = (0, 0, 0)
    try save(log)
    report(summary)
    _ = stopwatch.lap()
    return test
  }

  private func progress(rate: Double) -> TrainingReport {
    let seconds = secondsBefore + stopwatch.seconds
    let share = Double(state.step) / Double(max(settings.epochs * stepsPerEpoch, 1))
    return TrainingReport(
      epoch: state.epoch + 1, epochs: settings.epochs, stepOfEpoch: state.step - state.epoch * stepsPerEpoch,
      stepsPerEpoch: stepsPerEpoch, loss: state.lossSum / Double(max(state.seen, 1)),
      accuracy: Double(state.correct) / Double(max(state.seen, 1)), rate: rate,
      imagesPerSecond: imagesPerSecond,
      secondsLeft: share > 0 ? seconds / share * (1 - share) : 0, test: nil)
  }

  /// The values that are tested and saved: the moving average where there is one.
  private var keptValues: UnsafeMutableBufferPointer<Float> { average?.values ?? network.values }

  private func evaluate() throws(TrainingError) -> Evaluation? {
    let predictor: any Predictor
    do { predictor = try network.predictor(UnsafeBufferPointer(keptValues)) } catch {
      throw .plan("\(error)")
    }
    return try Evaluation.measure(
      predictor, on: parts.test, parts.source.pipeline, loss: settings.loss, workers: parts.workers,
      group: group,
      isStopped: { parts.stopSignal() != nil })
  }

  // MARK: Saving

  /// Throws ``TrainingError/weightNotFinite(step:epoch:tensor:)`` if the last step made a value that is not finite.
  ///
  /// The loss of the next step would show it, but by then the values would have been saved.
  private func checkValues() throws(TrainingError) {
    guard let name = network.firstNonFiniteParameter() else { return }
    let last = max(state.step - 1, 0)
    throw .weightNotFinite(step: last % stepsPerEpoch + 1, epoch: last / stepsPerEpoch + 1, tensor: name)
  }

  /// Saves in the process that has the folder: the state of all is the same.
  private func save(_ log: MetricsLog?) throws(TrainingError) {
    try checkValues()
    guard let folder, let log else { return }
    try log.sync()
    try events?.sync()
    state.metricsLength = log.length
    state.seconds = secondsBefore + stopwatch.seconds
    // The state comes first: it alone decides where a resumed run goes on.
    try stateBuffers.write(
      to: folder.state, metadata: state.metadata + [("optimizer_steps", "\(optimizer.steps)")])
    try writeWeights(to: folder.last)
    saveWatch = Stopwatch()
  }

  private func writeWeights(to path: String) throws(TrainingError) {
    try NamedBuffers(network.slots, [("", keptValues)]).write(
      to: path, metadata: parts.metadata + [("step", "\(state.step)"), ("epoch", "\(state.epoch)")])
  }

  /// Gives the state of the first process to all.
  private func shareState() throws(TrainingError) {
    if group.count == 1 { return }
    let metadata = state.metadata + [("optimizer_steps", "\(optimizer.steps)")]
    let text = group.broadcast(Array(metadata.map { "\($0.key)=\($0.value)" }.joined(separator: "\n").utf8))
    let received = String(decoding: text, as: UTF8.self).split(separator: "\n").map { line in
      let parts = line.split(separator: "=", maxSplits: 1)
      return (key: String(parts[0]), value: String(parts[1]))
    }
    if let state = RunState(received) { self.state = state }
    optimizer.steps = received.last.flatMap { Int($0.value) } ?? 0
    for buffer in [network.values] + optimizer.memory + (average.map { [$0.values] } ?? []) {
      group.broadcast(UnsafeMutableRawBufferPointer(buffer))
    }
  }

  private func load(_ folder: RunFolder) throws(TrainingError) {
    let checkpoint: Checkpoint
    do throws(CheckpointError) { checkpoint = try Checkpoint.open(path: folder.state) } catch {
      throw .checkpoint(error)
    }
    let steps = checkpoint.metadata.first { $0.key == "optimizer_steps" }.flatMap { Int($0.value) }
    guard let state = RunState(checkpoint.metadata), let steps, steps >= 0,
      state.step <= settings.epochs * stepsPerEpoch, state.epoch <= settings.epochs,
      (state.epoch * stepsPerEpoch...(state.epoch + 1) * stepsPerEpoch).contains(state.step),
      state.seen <= stepsPerEpoch * parts.source.batch, state.correct <= state.seen
    else { throw .wrongState(path: folder.state, detail: "its place in the run is not one of this run") }
    try stateBuffers.read(from: checkpoint)
    self.state = state
    optimizer.steps = steps
  }

  private var stateBuffers: NamedBuffers {
    var groups: [(prefix: String, buffer: UnsafeMutableBufferPointer<Float>)] = [("value.", network.values)]
    for (name, buffer) in zip(settings.optimizer.memoryNames, optimizer.memory) {
      groups.append((name + ".", buffer))
    }
    if let average { groups.append(("average.", average.values)) }
    return NamedBuffers(network.slots, groups)
  }
}

extension TrainableNetwork {
  /// The first tensor with a value that is not finite.
  fileprivate func firstNonFiniteParameter() -> String? {
    slots.first { slot in values[slot.offset..<slot.offset + slot.count].contains { !$0.isFinite } }?
      .parameter.name
  }
}
