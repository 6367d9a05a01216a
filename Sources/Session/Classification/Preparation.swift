import Inputs
import TensorCore
import Weights
import Zoo

extension Network {
  /// What turns image files into this network's input.
  ///
  /// For weights that were trained on Fashion-MNIST, images are converted to resemble its own; `inverting` says whether
  /// light and dark are exchanged, and `nil` leaves that to the image. Throws ``SessionError/nothingToInvert`` for other
  /// weights, and as ``preprocessing(for:data:)`` does.
  package func preprocessor(
    for weights: NetworkWeights, inverting: Bool? = nil
  ) throws(SessionError) -> Preprocessor {
    var recipe = try preprocessing(for: weights)
    if let inverting {
      guard recipe.conversion != .unchanged else { throw .nothingToInvert }
      recipe.conversion = .fashionMNIST(inverting: inverting)
    }
    return Preprocessor(recipe)
  }

  /// How an image becomes this network's input: as the weights want it, at the network's size.
  ///
  /// With another input size, the resize keeps its proportion to the crop. Where `data` is given and the weights have no
  /// description, they are taken for new ones: images of one small size then keep it, with zeros around them where the
  /// input is a little larger, and are normalized by their own statistics.
  ///
  /// Throws ``SessionError/takesNoImages(network:channels:)``.
  package func preprocessing(
    for weights: NetworkWeights, data: Dataset? = nil
  ) throws(SessionError) -> ImagePreprocessing {
    var recipe = weights.published?.preprocessing ?? entry.input.preprocessing
    if let description = weights.description {
      recipe.mean = description.mean
      recipe.deviation = description.deviation
      recipe.conversion = description.conversion
      recipe.interpolation = description.interpolation ?? recipe.interpolation
      if let resize = description.resize {
        recipe.resize = resize
        (recipe.cropHeight, recipe.cropWidth) = (description.inputShape[1], description.inputShape[2])
      }
    }
    let (channels, height, width) = (image[0], image[1], image[2])
    guard channels == 1 || channels == 3 else {
      throw .takesNoImages(network: name, channels: channels)
    }
    if (height, width) != (recipe.cropHeight, recipe.cropWidth) {
      recipe.resize = max(
        recipe.resize * min(height, width) / min(recipe.cropHeight, recipe.cropWidth), min(height, width))
      recipe.cropHeight = height
      recipe.cropWidth = width
    }
    if weights.description == nil, let size = data?.fixedSize, size.channels == channels {
      recipe.mean = size.mean
      recipe.deviation = size.deviation
    }
    if weights.description == nil, let data, let size = data.fixedSize {
      let isMargin = height <= size.height + Preparation.margin && width <= size.width + Preparation.margin
      recipe.resize = isMargin ? min(size.height, size.width) : min(height, width)
      if data.name == "fashion-mnist" && channels == 1 { recipe.conversion = .fashionMNIST(inverting: nil) }
    }
    if recipe.mean.count != channels {
      recipe.mean = Preparation.spread(recipe.mean, over: channels)
      recipe.deviation = Preparation.spread(recipe.deviation, over: channels)
    }
    return recipe
  }
}

extension WeightDescription {
  /// Whether the weights were trained on Fashion-MNIST.
  var isFashionMNIST: Bool { data == "fashion-mnist" }
}

/// What preparing the images of a data set goes by.
package enum Preparation {
  /// Pixels by which an input may exceed the images of a data set without their being enlarged: digits have 28, the input
  /// of LeNet-5 32.
  package static let margin = 4

  /// The mean of all values for every channel.
  fileprivate static func spread(_ values: [Float], over channels: Int) -> [Float] {
    [Float](repeating: values.reduce(0, +) / Float(values.count), count: channels)
  }
}
