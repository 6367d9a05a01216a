import Datasets
import Engine
import Files
import Inputs
import Recipes
import Session
import TensorCore
import Training
import Weights
import Zoo

/// The calibration of a network on images, ready to start.
package struct PlannedQuantization {
  /// The network with its weights.
  package let bound: BoundNetwork
  /// How images are prepared.
  package let preprocessing: ImagePreprocessing
  /// What the images are called.
  package let dataName: String
  /// The split that the images are from.
  package let split: DataSplit
  /// Images over which it is calibrated.
  package let count: Int

  private let sources: [ImageSource]
  private let pipeline: SamplePipeline

  /// Finds the weights and chooses images.
  ///
  /// - Parameters:
  ///   - request: The network.
  ///   - weights: Where its weights come from; embedded ones only if they were trained on such data.
  ///   - data: The images; their classes play no role.
  ///   - split: The images to choose from; `nil` for those to train on, or what there is.
  ///   - samples: How many to choose at most, the same ones every time.
  ///   - changes: What is to differ from the preprocessing that the weights ask for.
  ///   - registry: Where the network is looked up.
  /// - Throws: As ``BoundNetwork`` does; ``DatasetError``, and ``SessionError/quantized(path:precision:)`` for weights that are
  ///   bytes already.
  package init(
    _ request: NetworkRequest, weights: WeightRequest, on data: Dataset, split: DataSplit? = nil,
    samples: Int,
    changes: PreprocessingChanges = PreprocessingChanges(), registry: Registry = .current
  ) throws {
    bound = try BoundNetwork(request, weights: weights, registry: registry, suits: { $0.suits(data) })
    try bound.check(.float32)
    preprocessing = try bound.network.preprocessing(for: bound.weights, changes: changes)
    pipeline = SamplePipeline(preprocessing, augmentation: Augmentation())
    dataName = data.name
    self.split = split ?? [.train, .val, .all, .test].first { data.splits[$0] != nil } ?? .train
    let images = try data.images(of: self.split)
    var generator = CounterGenerator(seed: 0, 0)
    sources = generator.permutation(images.count).prefix(samples).sorted().map { images.source($0) }
    count = sources.count
  }

  /// Prepares the images, and calls `proceed` before each.
  ///
  /// Throws ``InputError`` for an image that cannot be read, and what `proceed` throws.
  package func images(proceed: () throws -> Void = {}) throws -> [[Float]] {
    var images: [[Float]] = []
    for source in sources {
      try proceed()
      var image = [Float](repeating: 0, count: pipeline.elementCount)
      try unsafe image.withUnsafeMutableBufferPointer { buffer throws(InputError) in
        guard let address = buffer.baseAddress else { return }
        try unsafe pipeline.test(source, into: address)
      }
      images.append(image)
    }
    return images
  }
}
