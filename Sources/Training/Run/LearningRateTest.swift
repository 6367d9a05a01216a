import Datasets
import Engine
import Glibc
import Inputs
import Recipes
import TensorCore

/// A learning-rate range test: a few steps whose rate grows exponentially, and the loss of each.
///
/// Smith, "Cyclical Learning Rates for Training Neural Networks", arXiv:1506.01186, section 3.3. Deviation: the rate grows by
/// a factor and not by a summand, and losses are smoothed, as is usual today.
package struct LearningRateTest: Sendable {
  /// A step.
  package struct Point: Hashable, Sendable {
    /// Its learning rate.
    package let rate: Double
    /// Mean loss of its batch.
    package let loss: Double
    /// Moving average of the losses.
    package let smoothedLoss: Double

    /// A step from its parts.
    package init(rate: Double, loss: Double, smoothedLoss: Double) {
      self.rate = rate
      self.loss = loss
      self.smoothedLoss = smoothedLoss
    }
  }

  /// What is tried.
  package struct Range: Hashable, Sendable {
    /// The first rate.
    package let low: Double
    /// The rate of the last step.
    package let high: Double
    /// Number of steps.
    package let steps: Int

    /// A range from its parts.
    package init(low: Double, high: Double, steps: Int) {
      self.low = low
      self.high = high
      self.steps = steps
    }

    /// The rate of a step, counted from 0.
    package func rate(_ step: Int) -> Double {
      low * pow(high / low, Double(step) / Double(max(steps - 1, 1)))
    }
  }

  /// The steps that were taken.
  package let points: [Point]
  /// The rate at which the loss was no longer finite or above ``divergence`` times its least value; `nil` where that did not happen.
  package let divergedAt: Double?

  /// Weight of the past in the moving average.
  private static let smoothing = 0.98
  /// Smoothed loss over its least value at which the test ends.
  private static let divergence = 4.0

  /// A result from its parts.
  package init(points: [Point], divergedAt: Double?) {
    self.points = points
    self.divergedAt = divergedAt
  }

  /// Takes the steps with the network, optimizer and images of a training run; the network's values change.
  ///
  /// - Parameters:
  ///   - parts: The training run; of its settings, the learning rate plays no role.
  ///   - range: What is tried.
  ///   - report: Told the number of steps so far.
  /// - Returns: `nil` if the signal to stop came.
  /// - Throws: ``TrainingError``, also where the first step has no finite loss.
  package static func run(
    _ parts: Trainer.Parts, _ range: Range, report: (Int) -> Void = { _ in }
  ) throws(TrainingError) -> LearningRateTest? {
    let (network, settings) = (parts.network, parts.settings)
    guard parts.source.stepsPerEpoch > 0 else {
      throw .batchTooLarge(batch: parts.source.batch, images: parts.source.images.count)
    }
    let runs = ParameterRun.runs(
      of: network.slots, weightDecay: settings.weightDecay, decaysVectors: settings.decaysVectors,
      frozen: parts.frozen)
    let optimizer = Optimizer(settings.optimizer, runs: runs, count: network.values.count)
    let step = TrainingStep(network, settings, optimizer, nil, runs)
    let loader: BatchLoader
    do throws(ThreadError) {
      loader = try BatchLoader(parts.source, from: 0, to: range.steps, workers: parts.workers)
    } catch { throw .threads(error) }
    defer { loader.stop() }
    var points: [Point] = []
    var (average, least) = (0.0, Double.infinity)
    for index in 0..<range.steps {
      if parts.stopSignal() != nil { return nil }
      let batch: BatchLoader.Batch
      do throws(InputError) { batch = try loader.next() } catch { throw .input(error) }
      let rate = range.rate(index)
      var dropout = CounterGenerator(seed: settings.seed, Stream.dropout, UInt64(index))
      guard let result = step.run(batch.images, batch.targets, rate: Float(rate), seed: dropout.next())
      else {
        if points.isEmpty {
          throw .notFinite(
            step: 1, epoch: 1, layer: network.firstNonFiniteLayer())
        }
        return LearningRateTest(points: points, divergedAt: rate)
      }
      let loss = result.lossSum / Double(batch.targets.count)
      average = smoothing * average + (1 - smoothing) * loss
      let smoothed = average / (1 - pow(smoothing, Double(index + 1)))
      points.append(Point(rate: rate, loss: loss, smoothedLoss: smoothed))
      report(index + 1)
      least = min(least, smoothed)
      if smoothed > divergence * least { return LearningRateTest(points: points, divergedAt: rate) }
    }
    return LearningRateTest(points: points, divergedAt: nil)
  }

  /// The rate at which the smoothed loss falls fastest over the logarithm of the rate, before its least value; `nil` where it
  /// never falls.
  package var steepest: Double? {
    guard let lowest else { return nil }
    let slopes = (first..<lowest).map { index -> Double in
      let (before, after) = (points[index - 1], points[index + 1])
      return (after.smoothedLoss - before.smoothedLoss) / log(after.rate / before.rate)
    }
    guard let fastest = slopes.indices.min(by: { slopes[$0] < slopes[$1] }), slopes[fastest] < 0 else {
      return nil
    }
    return points[first + fastest].rate
  }

  /// The first step that counts: over fewer losses, the average is that of a few batches.
  private var first: Int { points.count / 10 + 1 }

  /// The step with the least smoothed loss; `nil` where the loss only rises.
  private var lowest: Int? {
    let lowest = points.indices.dropFirst(first).min { points[$0].smoothedLoss < points[$1].smoothedLoss }
    return lowest.flatMap { $0 > first ? $0 : nil }
  }

  /// The loss above which a drawing of the curves shows nothing new: the test ends there.
  package var highestOfInterest: Double {
    Self.divergence * (points.map(\.smoothedLoss).min() ?? 0)
  }

  /// A tenth of the rate with the least smoothed loss; `nil` where the loss only rises.
  package var tenthOfLowest: Double? { lowest.map { points[$0].rate / 10 } }

  /// The base learning rate to try first: the smaller one of ``steepest`` and ``tenthOfLowest``.
  package var suggestion: Double? {
    steepest.flatMap { steepest in tenthOfLowest.map { min(steepest, $0) } }
  }
}
