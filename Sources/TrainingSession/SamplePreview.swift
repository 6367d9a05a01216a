import Datasets
import Inputs
import Recipes
import Session
import TensorCore
import Training

/// What training sees of some images: each as it is prepared, and its samples in the first epochs.
package struct SamplePreview {
  /// A sample of an image in an epoch.
  package struct Sample {
    /// What the network reads, `[C, H, W]`.
    package let values: [Float]
    /// Its class, or both classes where images are mixed.
    package let target: Target
  }

  /// An image with its samples.
  package struct Row {
    /// Its position among the training images.
    package let index: Int
    /// Its class.
    package let label: Int
    /// The image prepared without augmentation, `[C, H, W]`.
    package let original: [Float]
    /// Its sample in each epoch; `nil` where the epoch leaves it out because it does not fill a batch.
    package let samples: [Sample?]
  }

  /// The images, in the order of the first epoch.
  package let rows: [Row]
  /// Names of the classes.
  package let classNames: [String]
  /// Size and normalization of the samples.
  package let preprocessing: ImagePreprocessing

  /// Prepares the images that training would see first.
  ///
  /// - Parameters:
  ///   - network: The network that would be trained.
  ///   - data: The data set; without splits, all of its images.
  ///   - augmentation: How training images are augmented.
  ///   - seed: Seed of the training run.
  ///   - batch: Images per step; plays a role only where the augmentation mixes images.
  ///   - count: Number of images.
  ///   - epochs: Number of samples of each.
  /// - Throws: ``DatasetError``, ``TrainingError`` where the images do not fill a batch, and ``InputError``.
  package init(
    of network: Network, on data: Dataset, augmentation: Augmentation, seed: UInt64, batch: Int,
    images count: Int,
    epochs: Int
  ) throws {
    let images = try data.images(of: data.splits[.train] == nil && data.splits[.all] != nil ? .all : .train)
    let preprocessing = try network.preprocessing(
      trainingOn: data, from: nil, changes: PreprocessingChanges())
    let pipeline = try SamplePipeline(preprocessing, augmentation: augmentation, of: images)
    let isMixed = augmentation.mixup > 0 || augmentation.cutmix > 0
    // The other images of a batch matter only where they are mixed.
    let source = BatchLoader.Source(
      images: images, pipeline: pipeline, batch: isMixed ? batch : 1, seed: seed)
    guard source.stepsPerEpoch > 0 else {
      throw TrainingError.batchTooLarge(batch: batch, images: images.count)
    }
    let first = source.order(ofEpoch: 0)
    let shown = Array(first.prefix(min(count, source.stepsPerEpoch * source.batch)))
    let originals = try shown.map { index in
      var values = [Float](repeating: 0, count: pipeline.elementCount)
      try unsafe values.withUnsafeMutableBufferPointer { buffer in
        if let start = buffer.baseAddress { try unsafe pipeline.test(images.source(index), into: start) }
      }
      return values
    }
    let samples = try (0..<epochs).map { epoch in
      try Self.samples(
        of: shown, in: epoch, from: source, order: epoch == 0 ? first : source.order(ofEpoch: epoch))
    }
    rows = shown.indices.map { row in
      Row(
        index: shown[row], label: images.label(shown[row]), original: originals[row],
        samples: samples.map { $0[row] })
    }
    classNames = data.classNames
    self.preprocessing = preprocessing
  }

  /// The samples of the images at `shown` in an epoch.
  private static func samples(
    of shown: [Int], in epoch: Int, from source: BatchLoader.Source, order: [Int]
  ) throws(InputError) -> [Sample?] {
    let size = source.pipeline.elementCount
    let buffer = Buffer(repeating: 0, count: source.batch * size)
    var samples = [Sample?](repeating: nil, count: shown.count)
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($0.element, $0.offset) })
    let wanted = shown.enumerated().compactMap { row, index in
      places[index].map { (row: row, step: $0 / source.batch, position: $0 % source.batch) }
    }.filter { $0.step < source.stepsPerEpoch }.sorted { ($0.step, $0.row) < ($1.step, $1.row) }
    var filled: (step: Int, targets: [Target])?
    for place in wanted {
      if filled?.step != place.step {
        let targets = try unsafe source.fill(
          step: epoch * source.stepsPerEpoch + place.step, order, into: buffer.pointer)
        filled = (place.step, targets)
      }
      guard let targets = filled?.targets else { continue }
      samples[place.row] = Sample(
        values: unsafe Array(
          UnsafeBufferPointer(start: buffer.pointer + place.position * size, count: size)),
        target: targets[place.position])
    }
    return samples
  }
}
