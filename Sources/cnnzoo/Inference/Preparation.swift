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
  ) throws(UsageError) -> any ImagePreparation {
    let recipe = try preprocessing(for: weights)
    if let description = weights.description, description.isFashionMNIST, recipe.mean.count == 1 {
      return GarmentPreparation(recipe, inverting: inverting)
    }
    guard inverting == nil else {
      throw UsageError(
        "--invert and --no-invert are for weights that have learnt from fashion-mnist: these have not")
    }
    return Preprocessor(recipe)
  }

  /// How an image becomes this network's input: as the weights want it, at the size that was asked for.
  ///
  /// With another input size the resize keeps its proportion to the crop. Throws ``UsageError`` for networks
  /// that do not look at gray or color images.
  func preprocessing(for weights: WeightChoice) throws(UsageError) -> ImagePreprocessing {
    var recipe = weights.published?.preprocessing ?? entry.input.preprocessing
    if let description = weights.description {
      recipe.mean = description.mean
      recipe.deviation = description.deviation
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
  /// The mean of all values for every channel.
  static func spread(_ values: [Float], over channels: Int) -> [Float] {
    [Float](repeating: values.reduce(0, +) / Float(values.count), count: channels)
  }
}
