import Datasets
import Engine
import Glibc
import Inputs
import Recipes
import TensorCore

/// The batches of a training run: images in the order of each epoch, prepared ahead.
///
/// Worker threads fill a ring of batches while the network works on one. What a batch holds is a pure
/// function of seed, epoch and position, whichever thread filled it.
package final class BatchLoader: @unchecked Sendable {
  /// A prepared batch, valid until the next one is requested.
  package struct Batch {
    /// `[N, C, H, W]`, of the rows of this process.
    package let images: UnsafePointer<Float>
    /// The target of each image.
    package let targets: [Target]
  }

  /// The images to load.
  package struct Source: Sendable {
    /// The training images.
    package let images: any LabeledImages
    /// How they are prepared.
    package let pipeline: SamplePipeline
    /// Images per batch, those of all processes; an epoch's last images are dropped if they do not fill one.
    package let batch: Int
    /// Seed of order and augmentation.
    package let seed: UInt64
    /// Which images of each batch this process loads.
    package let share: Share

    /// A source from its parts.
    package init(
      images: any LabeledImages, pipeline: SamplePipeline, batch: Int, seed: UInt64, share: Share = .all
    ) {
      self.images = images
      self.pipeline = pipeline
      self.batch = batch
      self.seed = seed
      self.share = share
    }

    /// The images of each batch that this process loads.
    package var rows: Range<Int> { share.range(of: batch) }

    /// Batches per epoch.
    package var stepsPerEpoch: Int { images.count / batch }
  }

  private enum Progress {
    case free
    case filled(Result<[Target], InputError>)
  }

  private let source: Source
  private let ring: Buffer
  private let depth: Int
  private var slots: [Progress]
  /// The next step for a worker to claim, and the next to hand out.
  private var claimed: Int
  private var taken: Int
  private let end: Int
  private var isStopped = false
  /// The order of the epochs in progress.
  private var orders: [Int: [Int]] = [:]
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var workers: [pthread_t] = []

  /// Batches in memory: one for each worker, one ready, one in use.
  package static func depth(workers: Int) -> Int { workers + 2 }

  /// Starts to prepare the batches from step `first` to step `end` of the training run.
  ///
  /// Throws ``ThreadError``.
  package init(
    _ source: Source, from first: Int, to end: Int, workers count: Int = 1
  ) throws(ThreadError) {
    self.source = source
    depth = BatchLoader.depth(workers: count)
    ring = Buffer(repeating: 0, count: depth * source.rows.count * source.pipeline.elementCount)
    slots = Array(repeating: .free, count: depth)
    (claimed, taken, self.end) = (first, first, end)
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
    for _ in 0..<max(count, 1) {
      var thread = pthread_t()
      // The loader joins its threads before it is released, so they need not retain it.
      let code = pthread_create(
        &thread, nil,
        { argument in
          if let argument { Unmanaged<BatchLoader>.fromOpaque(argument).takeUnretainedValue().work() }
          return nil
        }, Unmanaged.passUnretained(self).toOpaque())
      guard code == 0 else {
        stop()
        throw ThreadError(threads: max(count, 1), code: code)
      }
      workers.append(thread)
    }
  }

  deinit {
    stop()
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    changed.deallocate()
  }

  /// Stops the workers; must be called before the last reference is released.
  package func stop() {
    pthread_mutex_lock(mutex)
    isStopped = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
    for worker in workers { pthread_join(worker, nil) }
    workers = []
  }

  /// The batch of the next step; the one before is returned to the workers.
  ///
  /// Throws the error of an image that could not be read.
  package func next() throws(InputError) -> Batch {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    if taken > 0 { release(taken - 1) }
    if workers.isEmpty { fillHere() }
    while true {
      if case .filled(let result) = slots[taken % depth] {
        let targets = try result.get()
        let start = ring.pointer + taken % depth * source.rows.count * source.pipeline.elementCount
        taken += 1
        pthread_cond_broadcast(changed)
        return Batch(images: UnsafePointer(start), targets: targets)
      }
      pthread_cond_wait(changed, mutex)
    }
  }

  private func release(_ step: Int) {
    slots[step % depth] = .free
    orders[step / source.stepsPerEpoch - 1] = nil
    pthread_cond_broadcast(changed)
  }

  /// Prepares the batch on the calling thread, where the system has created no worker.
  private func fillHere() {
    let order = order(ofEpoch: taken / source.stepsPerEpoch)
    slots[taken % depth] = .filled(fill(step: taken, order))
  }

  private func work() {
    pthread_mutex_lock(mutex)
    while true {
      while !isStopped && (claimed == end || claimed >= taken - 1 + depth) {
        pthread_cond_wait(changed, mutex)
      }
      if isStopped { break }
      let step = claimed
      claimed += 1
      let order = order(ofEpoch: step / source.stepsPerEpoch)
      pthread_mutex_unlock(mutex)
      let result = fill(step: step, order)
      pthread_mutex_lock(mutex)
      slots[step % depth] = .filled(result)
      pthread_cond_broadcast(changed)
    }
    pthread_mutex_unlock(mutex)
  }

  private func order(ofEpoch epoch: Int) -> [Int] {
    if let order = orders[epoch] { return order }
    let order = source.order(ofEpoch: epoch)
    orders[epoch] = order
    return order
  }

  private func fill(step: Int, _ order: [Int]) -> Result<[Target], InputError> {
    let start = ring.pointer + step % depth * source.rows.count * source.pipeline.elementCount
    do throws(InputError) { return .success(try source.fill(step: step, order, into: start)) } catch {
      return .failure(error)
    }
  }
}

/// What a random number is for: the first number of its path.
enum Stream {
  /// Order of an epoch.
  static let order: UInt64 = 1
  /// Augmentation of a sample.
  static let sample: UInt64 = 2
  /// Mixing of a batch, by mixup or CutMix.
  static let mixup: UInt64 = 3
  /// Dropout of a step.
  static let dropout: UInt64 = 4
}
