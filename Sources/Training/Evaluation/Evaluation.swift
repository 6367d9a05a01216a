import Collectives
import Datasets
import Engine
import Inputs
import Recipes
import Synchronization
import TensorCore

/// How well a network classifies labeled images.
package struct Evaluation: Hashable, Sendable {
  /// Number of images.
  package let count: Int
  /// Mean loss.
  package let loss: Double
  /// Top-1 accuracy, from 0 to 1.
  package var topOne: Double {
    Double((0..<classes).reduce(0) { $0 + confusion[$1 * classes + $1] }) / Double(max(count, 1))
  }
  /// Top-5 accuracy, from 0 to 1.
  package let topFive: Double
  /// Number of classes.
  package let classes: Int
  /// Number of images by true class (row) and predicted class (column), `[classes, classes]`.
  package let confusion: [Int]

  /// Share of the images of class `label` that were classified correctly; `nil` if there are none.
  package func accuracy(of label: Int) -> Double? {
    let total = confusion[label * classes..<(label + 1) * classes].reduce(0, +)
    return total == 0 ? nil : Double(confusion[label * classes + label]) / Double(total)
  }
}

extension Evaluation {
  /// Classifies all `images` by one network, as with several.
  package static func measure(
    _ predictor: any Predictor, on images: any LabeledImages, _ pipeline: SamplePipeline, loss: Loss,
    workers: Int = 1, group: any ProcessGroup = SingleProcess(), isStopped: () -> Bool = { false },
    each: (_ logits: UnsafeBufferPointer<Float>) -> Void = { _ in }
  ) throws(TrainingError) -> Evaluation? {
    let results = try measure(
      [predictor], on: images, pipeline, loss: loss, workers: workers, group: group, isStopped: isStopped
    ) { logits in each(logits[0]) }
    return results?.first
  }

  /// Classifies all `images`, each prepared once for all networks.
  ///
  /// Ties count against a network: an image is correct only if no other class scores as high.
  ///
  /// - Parameters:
  ///   - predictors: The networks, of equal batches and classes.
  ///   - images: Labeled images; labels beyond the networks' outputs count as wrong.
  ///   - pipeline: How an image becomes the networks' input.
  ///   - loss: The loss to average.
  ///   - workers: Threads that decode images.
  ///   - group: The processes that divide the images among them, whole batches each.
  ///   - isStopped: Checked between batches.
  ///   - each: Called with the logits of each image of this process, by network, in order.
  /// - Returns: The figures of each network on all images; `nil` if `isStopped` returned true in a process.
  /// - Throws: ``TrainingError/input(_:)`` for an image that cannot be read, ``TrainingError/logitsNotFinite(image:)``,
  ///   ``TrainingError/threads(_:)``.
  package static func measure(
    _ predictors: [any Predictor], on images: any LabeledImages, _ pipeline: SamplePipeline, loss: Loss,
    workers: Int = 1, group: any ProcessGroup = SingleProcess(), isStopped: () -> Bool = { false },
    each: (_ logits: [UnsafeBufferPointer<Float>]) -> Void
  ) throws(TrainingError) -> [Evaluation]? {
    guard let (batch, classes) = predictors.first.map({ ($0.batch, $0.classes) }) else { return [] }
    let input = Buffer(repeating: 0, count: batch * pipeline.elementCount)
    let logits = Buffer(repeating: 0, count: predictors.count * batch * classes)
    let pool: ThreadPool
    do throws(ThreadError) { pool = try ThreadPool(threadCount: workers) } catch { throw .threads(error) }
    var tallies = predictors.map { _ in Tally(classes: classes, loss) }
    // Of batches of different sizes, those of the first process are the largest.
    let common = Int(group.collection(of: [Double(batch)])[0][0])
    let part = group.share.range(of: images.count, inGroupsOf: common)
    var wasStopped = false
    for first in stride(from: part.lowerBound, to: part.upperBound, by: batch) {
      wasStopped = isStopped()
      if wasStopped { break }
      let filled = min(batch, part.upperBound - first)
      let job = FillJob(images, pipeline, first: first, count: filled, into: input.pointer)
      pool.run(job)
      if let failure = job.failure { throw .input(failure) }
      for (index, predictor) in predictors.enumerated() {
        predictor.predict(
          UnsafePointer(input.pointer), count: filled, into: logits.pointer + index * batch * classes)
      }
      for row in 0..<filled {
        let scores = predictors.indices.map {
          UnsafeBufferPointer(
            start: UnsafePointer(logits.pointer) + ($0 * batch + row) * classes, count: classes)
        }
        guard scores.allSatisfy({ $0.allSatisfy { $0.isFinite } }) else {
          throw .logitsNotFinite(image: first + row)
        }
        each(scores)
        for (index, scores) in scores.enumerated() {
          tallies[index].count(scores, label: images.label(first + row))
        }
      }
    }
    if group.collection(of: [wasStopped ? 1 : 0]).contains([1]) { return nil }
    for index in tallies.indices { tallies[index].add(from: group) }
    return tallies.map { $0.evaluation(of: images.count) }
  }
}

/// What an evaluation has counted so far.
private struct Tally {
  private let classes: Int
  private let loss: Loss
  private var lossSum = 0.0
  private var topFive = 0
  private var confusion: [Int]

  init(classes: Int, _ loss: Loss) {
    self.classes = classes
    self.loss = loss
    confusion = [Int](repeating: 0, count: classes * classes)
  }

  /// Counts an image with its logits.
  mutating func count(_ scores: UnsafeBufferPointer<Float>, label: Int) {
    guard label < classes else { return }
    lossSum += loss.value(scores, label: label)
    let rank = scores.indices.count { $0 != label && scores[$0] >= scores[label] }
    if rank < 5 { topFive += 1 }
    confusion[label * classes + (rank == 0 ? label : best(scores, except: label))] += 1
  }

  /// Adds what the other processes have counted.
  mutating func add(from group: any ProcessGroup) {
    if group.count == 1 { return }
    let sums = group.collection(of: [lossSum, Double(topFive)])
    lossSum = sums.reduce(0) { $0 + $1[0] }
    topFive = sums.reduce(0) { $0 + Int($1[1]) }
    // Exact up to 2²⁴ images.
    var counts = confusion.map(Float.init)
    counts.withUnsafeMutableBufferPointer { counts in
      group.startSum(counts)
      group.finishSums()
    }
    confusion = counts.map { Int($0) }
  }

  /// The figures of `count` images.
  func evaluation(of count: Int) -> Evaluation {
    Evaluation(
      count: count, loss: lossSum / Double(max(count, 1)), topFive: Double(topFive) / Double(max(count, 1)),
      classes: classes, confusion: confusion)
  }

  private func best(_ scores: UnsafeBufferPointer<Float>, except label: Int) -> Int {
    var best = label == 0 ? min(1, scores.count - 1) : 0
    for k in scores.indices where k != label && scores[k] > scores[best] { best = k }
    return best
  }
}

/// Prepares the images of a batch on all threads of a pool.
private final class FillJob: ParallelJob {
  private let images: any LabeledImages
  private let pipeline: SamplePipeline
  private let first: Int
  private let count: Int
  private let destination: UnsafeMutablePointer<Float>
  private let next = Atomic<Int>(0)
  private let failures = Mutex<[Int: InputError]>([:])

  /// The failure of the first image that could not be read.
  var failure: InputError? { failures.withLock { failures in failures.keys.min().flatMap { failures[$0] } } }

  init(
    _ images: any LabeledImages, _ pipeline: SamplePipeline, first: Int, count: Int,
    into destination: UnsafeMutablePointer<Float>
  ) {
    self.images = images
    self.pipeline = pipeline
    self.first = first
    self.count = count
    self.destination = destination
  }

  func work(thread: Int) {
    while true {
      let row = next.add(1, ordering: .relaxed).oldValue
      guard row < count else { return }
      do throws(InputError) {
        try pipeline.test(images.source(first + row), into: destination + row * pipeline.elementCount)
      } catch { failures.withLock { $0[row] = error } }
    }
  }
}
