import Collectives
import GraphIR
import Recipes
import TensorCore

/// A training step and the memory it needs: forward pass, loss, backward pass, sums over the processes, update.
package final class TrainingStep {
  /// What a step did, on the images of all processes.
  package struct Result: Hashable, Sendable {
    /// The sum of the losses, auxiliary heads weighted.
    package var lossSum = 0.0
    /// The number of correctly classified images.
    package var correct = 0
    /// The number of images.
    package var images = 0
    /// The signal that asked a process to stop, if one came.
    package var signal: Int32?
    /// Seconds that each process needed for the step before this one, without waiting for others.
    package var seconds: [Double] = []
  }

  private let network: any TrainableNetwork
  private let settings: TrainingSettings
  private let optimizer: Optimizer
  private let average: WeightAverage?
  private let runs: [ParameterRun]
  private let group: any ProcessGroup
  private let timeline: Timeline?
  /// Running statistics of batch norms; what they were before the forward pass, and what it changes.
  private let statistics: [ParameterSlot]
  private let before: Buffer
  private let changes: Buffer
  private let gradients: Buffer
  private let size: Int
  /// Seconds that this process needed for the last step.
  private var seconds = 0.0

  /// A step with the loss and gradient clipping of `settings`.
  ///
  /// - Parameters:
  ///   - network: The network to train.
  ///   - settings: The settings; the caller applies the schedule.
  ///   - optimizer: An optimizer over all values of `network` that updates those in `runs`.
  ///   - average: Updated after the values, if there is one.
  ///   - runs: The values that are trained; gradient clipping takes their norm.
  ///   - group: The processes that have the other images of each batch.
  ///   - timeline: Where passes are noted, if they are.
  package init(
    _ network: any TrainableNetwork, _ settings: TrainingSettings, _ optimizer: Optimizer,
    _ average: WeightAverage?, _ runs: [ParameterRun], group: any ProcessGroup = SingleProcess(),
    timeline: Timeline? = nil
  ) {
    self.network = network
    self.settings = settings
    self.optimizer = optimizer
    self.average = average
    self.runs = runs
    self.group = group
    self.timeline = timeline
    statistics = network.slots.filter { $0.parameter.role == .buffer }
    let count = group.count > 1 ? statistics.reduce(0) { $0 + $1.count } : 0
    before = Buffer(repeating: 0, count: count)
    changes = Buffer(repeating: 0, count: count)
    size = network.batch * network.classes
    gradients = Buffer(repeating: 0, count: network.outputWeights.count * size)
  }

  /// Takes the step.
  ///
  /// - Parameters:
  ///   - images: The images of this process, `[N, C, H, W]`.
  ///   - targets: N targets.
  ///   - batch: The number of images of all processes; `nil` for N.
  ///   - rate: The learning rate.
  ///   - seed: Seed of dropout.
  ///   - signal: The signal that asked this process to stop, if one came.
  ///   - waited: Seconds that this process has waited for its images.
  /// - Returns: What it did; `nil` where the loss of a process is not finite, in which case nothing but running
  ///   statistics has changed.
  package func run(
    _ images: UnsafePointer<Float>, _ targets: [Target], batch: Int? = nil, rate: Float, seed: UInt64,
    signal: Int32? = nil, waited: Double = 0
  ) -> Result? {
    guard let values = network.values.baseAddress, let slopes = network.gradients.baseAddress else {
      return nil
    }
    let clock = ContinuousClock()
    let begin = clock.now
    keepStatistics()
    network.forward(images, seed: seed)
    timeline?.add("forward", .step, since: begin)
    startAveragingStatistics(weight: Float(targets.count) / Float(batch ?? targets.count))
    var lossSum = 0.0
    for (output, weight) in network.outputWeights.enumerated() {
      lossSum +=
        Double(weight)
        * settings.loss.evaluate(
          network.logits(output), targets: targets, classes: network.classes, scale: weight, batch: batch,
          gradient: gradients.pointer + output * size)
    }
    if group.count == 1 && !lossSum.isFinite { return nil }
    group.startCollection([
      lossSum, Double(hits(network.logits(0), targets)), Double(targets.count), Double(signal ?? 0), seconds,
    ])
    let start = clock.now
    network.backward(
      (0..<network.outputWeights.count).map { UnsafePointer(gradients.pointer + $0 * size) }
    ) { part in
      // One process adds nothing, but its trace tells when it would.
      timeline?.add("ready", .messages, since: .now, bytes: part.count * MemoryLayout<Float>.stride)
      group.startSum(UnsafeMutableBufferPointer(rebasing: network.gradients[part]))
    }
    timeline?.add("backward", .step, since: start)
    seconds = waited + begin.duration(to: clock.now) / .seconds(1)
    let waiting = clock.now
    let result = Self.total(group.finishCollection())
    group.finishSums()
    timeline?.add("wait", .step, since: waiting)
    finishAveragingStatistics()
    guard result.lossSum.isFinite else { return nil }
    let update = clock.now
    if let limit = settings.gradientLimit { _ = GradientNorm.clip(slopes, runs, to: limit) }
    optimizer.step(values, slopes, learningRate: rate, share: network.share)
    average?.update(values, share: network.share)
    timeline?.add("update", .step, since: update)
    return result
  }

  private static func total(_ processes: [[Double]]) -> Result {
    var result = Result()
    for numbers in processes {
      result.lossSum += numbers[0]
      result.correct += Int(numbers[1])
      result.images += Int(numbers[2])
      if result.signal == nil && numbers[3] > 0 { result.signal = Int32(numbers[3]) }
      result.seconds.append(numbers[4])
    }
    return result
  }

  // Batch norms update running statistics by the images of their own process. Averaged after each forward pass, they
  // are the same everywhere, and what one process saves is the state of all. The changes are averaged, so that what no
  // process changes keeps its bits.

  private func keepStatistics() {
    guard before.count > 0 else { return }
    visitStatistics { place, value in before.pointer[place] = value.pointee }
  }

  private func startAveragingStatistics(weight: Float) {
    guard before.count > 0 else { return }
    visitStatistics { place, value in
      changes.pointer[place] = weight * (value.pointee - before.pointer[place])
    }
    group.startSum(UnsafeMutableBufferPointer(start: changes.pointer, count: changes.count))
  }

  private func finishAveragingStatistics() {
    guard before.count > 0 else { return }
    visitStatistics { place, value in value.pointee = before.pointer[place] + changes.pointer[place] }
  }

  /// Calls `body` for each running statistic with its place among all of them.
  private func visitStatistics(_ body: (Int, UnsafeMutablePointer<Float>) -> Void) {
    guard let values = network.values.baseAddress else { return }
    var place = 0
    for slot in statistics {
      for offset in slot.offset..<slot.offset + slot.count {
        body(place, values + offset)
        place += 1
      }
    }
  }

  private func hits(_ logits: UnsafePointer<Float>, _ targets: [Target]) -> Int {
    targets.indices.count { row in
      let scores = logits + row * network.classes
      let label = targets[row].label
      return (0..<network.classes).allSatisfy { $0 == label || scores[$0] < scores[label] }
    }
  }
}
