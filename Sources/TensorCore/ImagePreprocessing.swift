/// How the weights of a network expect an image to be preprocessed.
///
/// This is a description; module `Inputs` carries it out.
///
/// In order: convert, resize the shorter side to `resize`, crop the center (with zeros around an image that
/// is smaller), scale values to [0, 1], subtract `mean`, divide by `deviation`.
package struct ImagePreprocessing: Hashable, Sendable {
  /// Filter of the resize; both are antialiased.
  package enum Interpolation: String, Hashable, Sendable {
    case bilinear
    case bicubic
  }

  /// What is done to an image before everything else.
  package enum Conversion: Hashable, Sendable {
    /// Nothing.
    case unchanged
    /// Photographs of things become what the images of Fashion-MNIST are: 28×28 gray pixels, light on black.
    /// `inverting` says whether light and dark are exchanged; `nil` leaves it to the image.
    case fashionMNIST(inverting: Bool?)

    /// The conversion with a ``name``, which leaves inverting to the image.
    package init?(name: String) {
      switch name {
      case Conversion.unchanged.name: self = .unchanged
      case Conversion.fashionMNIST(inverting: nil).name: self = .fashionMNIST(inverting: nil)
      default: return nil
      }
    }

    /// `none` or `fashion-mnist`.
    package var name: String {
      switch self {
      case .unchanged: "none"
      case .fashionMNIST: "fashion-mnist"
      }
    }
  }

  /// What is done first.
  package var conversion: Conversion
  /// Length of the shorter side after the resize, in pixels.
  package var resize: Int
  /// Height of the center crop: the network's input height.
  package var cropHeight: Int
  /// Width of the center crop: the network's input width.
  package var cropWidth: Int
  /// Filter of the resize.
  package var interpolation: Interpolation
  /// Subtracted from each channel after scaling to [0, 1]; there is one for each channel.
  package var mean: [Float]
  /// Divisor of each channel after the mean is subtracted.
  package var deviation: [Float]

  /// A description from its parts.
  package init(
    resize: Int, cropHeight: Int, cropWidth: Int, interpolation: Interpolation, mean: [Float],
    deviation: [Float], conversion: Conversion = .unchanged
  ) {
    self.conversion = conversion
    self.resize = resize
    self.cropHeight = cropHeight
    self.cropWidth = cropWidth
    self.interpolation = interpolation
    self.mean = mean
    self.deviation = deviation
  }
}
