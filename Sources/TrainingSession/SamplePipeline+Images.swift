import Datasets
import Inputs
import Recipes
import TensorCore
import Training

extension SamplePipeline {
  /// The pipeline of training on `images`, with their principal colors where the augmentation needs them.
  ///
  /// Throws ``InputError`` where an image cannot be read.
  init(
    _ preprocessing: ImagePreprocessing, augmentation: Augmentation, of images: any LabeledImages
  ) throws(InputError) {
    var colors: PrincipalColors?
    if augmentation.lighting > 0, preprocessing.mean.count == 3 { colors = try PrincipalColors(of: images) }
    self.init(preprocessing, augmentation: augmentation, principalColors: colors)
  }
}
