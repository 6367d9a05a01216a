/// What a network's weights expect to be done to an image before the first layer: a description
/// only; module `Inputs` carries it out.
///
/// The order is: shorter side resized to `resize`, center crop to `crop`, values scaled to [0, 1],
/// `mean` subtracted, divided by `deviation`.
package struct ImagePreprocessing: Hashable, Sendable {
  /// Filter of the resize; both are antialiased.
  package enum Interpolation: String, Hashable, Sendable {
    case bilinear
    case bicubic
  }

  /// Length of the shorter side after the resize, in pixels.
  package var resize: Int
  /// Height of the center crop: the network's input height.
  package var cropHeight: Int
  /// Width of the center crop: the network's input width.
  package var cropWidth: Int
  /// Filter of the resize.
  package var interpolation: Interpolation
  /// Subtracted from each channel after scaling to [0, 1]; its count is the number of channels.
  package var mean: [Float]
  /// Each channel is divided by this after the mean is gone.
  package var deviation: [Float]

  /// A description from its parts.
  package init(
    resize: Int, cropHeight: Int, cropWidth: Int, interpolation: Interpolation, mean: [Float],
    deviation: [Float]
  ) {
    self.resize = resize
    self.cropHeight = cropHeight
    self.cropWidth = cropWidth
    self.interpolation = interpolation
    self.mean = mean
    self.deviation = deviation
  }
}
