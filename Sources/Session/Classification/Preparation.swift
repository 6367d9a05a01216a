import Datasets
import Inputs
import TensorCore
import Weights
import Zoo

extension Network {
  /// How an image becomes this network's input: as the weights ask for it, at the network's size.
  ///
  /// Where an image comes from plays no role. With another input size, the resize keeps its proportion to the crop.
  ///
  /// - Parameters:
  ///   - weights: The weights; those from a formula ask for what the registry says.
  ///   - changes: What is to differ.
  /// - Returns: What a ``Preprocessor`` performs.
  /// - Throws: ``SessionError/takesNoImages(network:channels:)`` and ``PreprocessingError``.
  package func preprocessing(
    for weights: NetworkWeights, changes: PreprocessingChanges = PreprocessingChanges()
  ) throws -> ImagePreprocessing {
    var preprocessing = try weights.preprocessing(of: entry).fitted(to: self)
    try changes.apply(to: &preprocessing)
    return preprocessing
  }

  /// What turns images into this network's input.
  ///
  /// For weights that were trained on Fashion-MNIST, images are converted to resemble its own; `inverting` says whether
  /// light and dark are exchanged, and `nil` leaves that to the image. Throws ``SessionError/nothingToInvert`` for other
  /// weights, and as ``preprocessing(for:changes:)`` does.
  package func preprocessor(
    for weights: NetworkWeights, changes: PreprocessingChanges = PreprocessingChanges(),
    inverting: Bool? = nil
  ) throws -> Preprocessor {
    var preprocessing = try preprocessing(for: weights, changes: changes)
    if let inverting {
      guard preprocessing.conversion != .unchanged else { throw SessionError.nothingToInvert }
      preprocessing.conversion = .fashionMNIST(inverting: inverting)
    }
    return Preprocessor(preprocessing)
  }

  /// How the images of `data` become this network's input in training.
  ///
  /// Images of one small size keep it, with zeros around them where the input is a little larger, unless the weights that
  /// training starts from describe their preprocessing. Without such weights, images of one size are normalized by
  /// their own statistics.
  ///
  /// Throws as ``preprocessing(for:changes:)`` does.
  package func preprocessing(
    trainingOn data: Dataset, from weights: NetworkWeights?, changes: PreprocessingChanges
  ) throws -> ImagePreprocessing {
    var preprocessing = weights?.preprocessing(of: entry) ?? entry.input.preprocessing
    if weights?.description == nil, let size = data.fixedSize {
      let (height, width) = (image[1], image[2])
      let isMargin = height <= size.height + Preparation.margin && width <= size.width + Preparation.margin
      preprocessing.resize = isMargin ? min(size.height, size.width) : min(height, width)
      (preprocessing.cropHeight, preprocessing.cropWidth) = (height, width)
      if data.name == "fashion-mnist" && image[0] == 1 {
        preprocessing.conversion = .fashionMNIST(inverting: nil)
      }
      if weights == nil && size.channels == image[0] {
        (preprocessing.mean, preprocessing.deviation) = (size.mean, size.deviation)
      }
    }
    try preprocessing.fit(to: self)
    try changes.apply(to: &preprocessing)
    return preprocessing
  }
}

extension NetworkWeights {
  /// The preprocessing that the weights ask for, at their own size.
  fileprivate func preprocessing(of entry: ModelEntry) -> ImagePreprocessing {
    var preprocessing = published?.preprocessing ?? entry.input.preprocessing
    guard let description else { return preprocessing }
    preprocessing.mean = description.mean
    preprocessing.deviation = description.deviation
    preprocessing.conversion = description.conversion
    preprocessing.interpolation = description.interpolation ?? preprocessing.interpolation
    if let resize = description.resize {
      preprocessing.resize = resize
      preprocessing.cropHeight = description.inputShape[1]
      preprocessing.cropWidth = description.inputShape[2]
    }
    return preprocessing
  }
}

extension ImagePreprocessing {
  /// The same at the size and with the channels of `network`.
  fileprivate func fitted(to network: Network) throws(SessionError) -> ImagePreprocessing {
    var preprocessing = self
    try preprocessing.fit(to: network)
    return preprocessing
  }

  /// Adapts size and channels to those of `network`.
  fileprivate mutating func fit(to network: Network) throws(SessionError) {
    let (channels, height, width) = (network.image[0], network.image[1], network.image[2])
    guard channels == 1 || channels == 3 else {
      throw .takesNoImages(network: network.name, channels: channels)
    }
    if (height, width) != (cropHeight, cropWidth) {
      resize = max(resize * min(height, width) / min(cropHeight, cropWidth), min(height, width))
      (cropHeight, cropWidth) = (height, width)
    }
    if mean.count != channels {
      // The mean of all values for every channel.
      func spread(_ values: [Float]) -> [Float] {
        [Float](repeating: values.reduce(0, +) / Float(values.count), count: channels)
      }
      (mean, deviation) = (spread(mean), spread(deviation))
    }
  }
}

extension WeightDescription {
  /// Whether the weights were trained on Fashion-MNIST.
  var isFashionMNIST: Bool { data == "fashion-mnist" }
}

/// Rules for preparing the images of a data set.
package enum Preparation {
  /// Pixels by which an input may exceed the images of a data set without their being enlarged: digits have 28, the input
  /// of LeNet-5 32.
  package static let margin = 4
}
