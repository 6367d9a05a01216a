import TensorCore
import Zoo

extension Model {
  /// How a picture becomes this network's input: as the weights want it, at the size that was asked for.
  ///
  /// With another input size the resize keeps its proportion to the crop. Throws ``UsageError`` for networks
  /// that do not look at gray or colour pictures.
  func preprocessing(for weights: WeightChoice) throws(UsageError) -> ImagePreprocessing {
    var recipe = weights.published?.preprocessing ?? entry.input.preprocessing
    let (channels, height, width) = (picture[0], picture[1], picture[2])
    guard channels == 1 || channels == 3 else {
      throw UsageError("\(name) with \(channels) channels cannot look at pictures: give --tensor")
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

private enum Preparation {
  /// The mean of all values for every channel.
  static func spread(_ values: [Float], over channels: Int) -> [Float] {
    [Float](repeating: values.reduce(0, +) / Float(values.count), count: channels)
  }
}
