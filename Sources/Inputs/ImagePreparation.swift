import Files
import TensorCore

/// What is known about an image that was turned into the input of a network.
package struct PreparedImage: Hashable, Sendable {
  /// Size in the displayed orientation.
  package let size: ImageSize
  /// Whether light and dark were exchanged; `nil` if the image was not converted to look like a data set.
  package let isInverted: Bool?
}

/// Turns an image file into the input of a network.
package protocol ImagePreparation: Sendable {
  /// Fills `destination` with the image at `path`, as `[C, H, W]`.
  ///
  /// If this throws, the destination is unchanged.
  func prepare(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedImage
}

extension Preprocessor: ImagePreparation {
  package func prepare(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedImage {
    PreparedImage(size: try unsafe process(path: path, into: destination), isInverted: nil)
  }
}

/// The preparation for networks that were trained on Fashion-MNIST: ``GarmentImage``, centered in a black input and
/// normalized.
package struct GarmentPreparation: ImagePreparation {
  private let height: Int
  private let width: Int
  private let inverting: Bool?
  /// The normalized value for each of the 256 pixel values.
  private let normalized: [Float]

  /// A preparation for inputs of one channel.
  ///
  /// - Parameters:
  ///   - description: Size of the input, mean and deviation.
  ///   - inverting: Whether to exchange light and dark; `nil` decides by the image.
  package init(_ description: ImagePreprocessing, inverting: Bool?) {
    precondition(description.mean.count == 1 && description.deviation.count == 1, "one channel")
    height = description.cropHeight
    width = description.cropWidth
    self.inverting = inverting
    normalized = (0..<256).map { (Float($0) / 255 - description.mean[0]) / description.deviation[0] }
  }

  package func prepare(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedImage {
    precondition(destination.count == height * width, "one image's floats")
    let image = try ImageDecoder.decode(path: path)
    let (garment, isInverted) = GarmentImage.convert(image, inverting: inverting)
    let input = garment.cropped(
      top: (garment.height - height) >> 1, left: (garment.width - width) >> 1, height: height, width: width)
    for (place, value) in input.pixels.enumerated() {
      unsafe destination[place] = normalized[Int(value)]
    }
    return PreparedImage(
      size: ImageSize(width: image.width, height: image.height), isInverted: isInverted)
  }
}
