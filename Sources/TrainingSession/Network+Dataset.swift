import Datasets
import Recipes
import Session
import TensorCore
import Training
import Weights
import Zoo

extension Network {
  /// Adapts the head to a data set: as many outputs as classes, unless `isDecided` says that request or weights have decided it.
  ///
  /// Throws ``TrainingError/tooFewOutputs(classes:outputs:)``.
  mutating func adaptHead(to data: Dataset, isDecided: Bool) throws(TrainingError) {
    if !isDecided { classes = data.classNames.count }
    guard classes >= data.classNames.count else {
      throw .tooFewOutputs(classes: data.classNames.count, outputs: classes)
    }
  }

  /// The network of a request that is to be trained on `data`: with as many outputs as classes, and for small images of one
  /// size with an input that takes them.
  ///
  /// What the request determines stays, and so does the network's own input where it exceeds the images by a few pixels only,
  /// as LeNet's 32 pixels exceed the 28 of digits. Settings and input size of `weights`, from which training starts, are
  /// those of the network.
  ///
  /// Throws as ``Network/init(_:for:registry:)`` does, and ``TrainingError/tooFewOutputs(classes:outputs:)``.
  package init(
    _ request: NetworkRequest, trainedOn data: Dataset, from weights: NetworkWeights? = nil,
    registry: Registry = .current
  ) throws {
    try self.init(request, for: weights, registry: registry)
    try adaptHead(to: data, isDecided: request.classes != nil)
    if request.inputSize == nil, weights?.description == nil, let size = data.fixedSize {
      let excess = [image[1] - size.height, image[2] - size.width]
      if image[0] != size.channels || !excess.allSatisfy((0...Preparation.margin).contains) {
        image = [size.channels, size.height, size.width]
      }
    }
  }
}

extension Dataset {
  /// Threads that prepare images unless somebody asks for another number: images in memory need no more than one.
  func defaultWorkers(threads: Int) -> Int { fixedSize == nil ? threads : 1 }
}

extension WeightDescription {
  /// Whether the weights were trained on images of the kind that `data` has, into all of its classes.
  func suits(_ data: Dataset) -> Bool {
    Set(data.classNames).isSubset(of: classNames)
      && (data.fixedSize.map { $0.channels == inputShape[0] } ?? true)
  }
}
