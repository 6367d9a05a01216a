import Files
import GraphIR
import TensorCore
import Weights

/// The progress of a training run between two steps.
struct RunState: Equatable {
  /// Steps taken.
  var step = 0
  /// Epochs finished, test included.
  var epoch = 0
  /// Sum of the losses of this epoch's samples.
  var lossSum = 0.0
  /// Samples of this epoch that were classified correctly.
  var correct = 0
  /// Samples of this epoch so far.
  var seen = 0
  /// Best test accuracy; negative before the first test.
  var bestAccuracy = -1.0
  /// Epoch of the best test accuracy, counted from 1.
  var bestEpoch = 0
  /// The best value by the rule of early stopping, if there is one.
  var stoppingBest: EarlyStopping.Best?
  /// Length in bytes of the metrics of these steps.
  var metricsLength = 0
  /// Seconds spent so far, resumed runs included.
  var seconds = 0.0

  private static let version = "cnnzoo.state/1"

  /// As metadata; doubles as their bit patterns, so that nothing is rounded.
  var metadata: [(key: String, value: String)] {
    let stopping = stoppingBest.map {
      [
        ("stopping_metric", $0.metric.rawValue), ("stopping_best", "\($0.value.bitPattern)"),
        ("stopping_epoch", "\($0.epoch)"),
      ]
    }
    return [
      ("format", Self.version), ("step", "\(step)"), ("epoch", "\(epoch)"),
      ("loss_sum", "\(lossSum.bitPattern)"), ("correct", "\(correct)"), ("seen", "\(seen)"),
      ("best_accuracy", "\(bestAccuracy.bitPattern)"), ("best_epoch", "\(bestEpoch)"),
      ("metrics_length", "\(metricsLength)"), ("seconds", "\(seconds.bitPattern)"),
    ] + (stopping ?? [])
  }

  init() {}

  init?(_ metadata: [(key: String, value: String)]) {
    let values = Dictionary(metadata.map { ($0.key, $0.value) }) { first, _ in first }
    func integer(_ key: String) -> Int? { values[key].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil } }
    func double(_ key: String) -> Double? {
      values[key].flatMap { UInt64($0) }.map { Double(bitPattern: $0) }
    }
    guard values["format"] == Self.version, let step = integer("step"), let epoch = integer("epoch"),
      let lossSum = double("loss_sum"), let correct = integer("correct"), let seen = integer("seen"),
      let bestAccuracy = double("best_accuracy"), let bestEpoch = integer("best_epoch"),
      let metricsLength = integer("metrics_length"), let seconds = double("seconds")
    else { return nil }
    (self.step, self.epoch, self.lossSum, self.correct, self.seen) = (step, epoch, lossSum, correct, seen)
    (self.bestAccuracy, self.bestEpoch) = (bestAccuracy, bestEpoch)
    (self.metricsLength, self.seconds) = (metricsLength, seconds)
    // Only in the state of runs that have such a rule.
    if let metric = values["stopping_metric"] {
      guard let metric = EarlyStopping.Metric(rawValue: metric), let value = double("stopping_best"),
        let epoch = integer("stopping_epoch"), 1...max(self.epoch, 1) ~= epoch
      else { return nil }
      stoppingBest = EarlyStopping.Best(metric: metric, value: value, epoch: epoch)
    }
  }
}

/// Buffers in the layout of a network's slots, each written and read under a prefix.
struct NamedBuffers {
  private let slots: [ParameterSlot]
  private let groups: [(prefix: String, buffer: UnsafeMutableBufferPointer<Float>)]

  /// Groups of buffers; the prefix "" keeps the names of the state dict.
  init(_ slots: [ParameterSlot], _ groups: [(prefix: String, buffer: UnsafeMutableBufferPointer<Float>)]) {
    self.slots = slots
    self.groups = groups
  }

  private var entries: [(name: String, slot: ParameterSlot, buffer: UnsafeMutableBufferPointer<Float>)] {
    groups.flatMap { group in slots.map { (group.prefix + $0.parameter.name, $0, group.buffer) } }
  }

  /// Writes all of them atomically.
  func write(to path: String, metadata: [(key: String, value: String)]) throws(TrainingError) {
    let entries = entries
    let writer = SafetensorsWriter(
      entries.map { (name: $0.name, shape: $0.slot.parameter.shape) }, metadata: metadata)
    do throws(CheckpointError) {
      try writer.write(to: path) { index, destination throws(CheckpointError) in
        let (_, slot, buffer) = entries[index]
        _ = destination.update(fromContentsOf: buffer[slot.offset..<slot.offset + slot.count])
      }
    } catch {
      if case .file(let error) = error { throw .file(error) }
      throw .checkpoint(error)
    }
  }

  /// Reads all of them.
  ///
  /// Throws ``TrainingError/wrongState(path:detail:)`` where one is missing or has another shape.
  func read(from checkpoint: Checkpoint) throws(TrainingError) {
    let tensors = Dictionary(checkpoint.tensors.map { ($0.name, $0) }) { first, _ in first }
    for (name, slot, buffer) in entries {
      guard let tensor = tensors[name], tensor.shape == slot.parameter.shape else {
        throw .wrongState(path: checkpoint.path, detail: "\(name) is missing or has another shape")
      }
      do throws(CheckpointError) {
        try checkpoint.read(
          tensor, into: UnsafeMutableBufferPointer(rebasing: buffer[slot.offset..<slot.offset + slot.count]))
      } catch { throw .checkpoint(error) }
    }
  }
}
