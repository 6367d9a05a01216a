import Inputs
import TensorCore
import Weights
import Zoo

extension Model {
  /// The way from an image to this network's input.
  ///
  /// For weights that have learnt from Fashion-MNIST, images are converted as its were; `inverting` says whether
  /// light and dark are then exchanged, `nil` leaves it to the image. Throws ``UsageError`` where there is
  /// nothing to invert, or as ``preprocessing(for:)`` does.
  func preparation(
    for weights: WeightChoice, inverting: Bool?
  ) throws(UsageError) -> Preprocessor {
    var recipe = try preprocessing(for: weights)
    if let inverting {
      guard recipe.conversion != .unchanged else {
        throw UsageError(
          "--invert and --no-invert are for weights that were trained on Fashion-MNIST: these were not")
      }
      recipe.conversion = .fashionMNIST(inverting: inverting)
    }
    return Preprocessor(recipe)
  }

  /// How an image becomes this network's input: as the weights want it, at the size that was asked for.
  ///
  /// With another input size the resize keeps its proportion to the crop. Throws ``UsageError`` for networks
  /// that do not look at gray or color images.
  ///
  /// Weights that say nothing about it are new ones where `data` is given: images of one small size then keep it, with
  /// zeros around them where the input is a little larger, and are normalized by their own statistics.
  func preprocessing(
    for weights: WeightChoice, data: Dataset? = nil
  ) throws(UsageError) -> ImagePreprocessing {
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
      throw UsageError("\(name) with \(channels) channels cannot look at images: give --tensor")
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
  /// Whether the images that the weights have learnt from are those of Fashion-MNIST.
  var isFashionMNIST: Bool { data == "fashion-mnist" }
}

private enum Preparation {
  /// Pixels that an input may be larger than the images of a data set without their being enlarged, as LeNet's 32 are
  /// than the 28 of digits.
  static let margin = 4

  /// The mean of all values for every channel.
  static func spread(_ values: [Float], over channels: Int) -> [Float] {
    [Float](repeating: values.reduce(0, +) / Float(values.count), count: channels)
  }
}
