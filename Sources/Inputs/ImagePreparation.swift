import Files
import TensorCore

/// An image as it became the input of a network.
package struct PreparedImage: Hashable, Sendable {
  /// Size as shown.
  package let size: ImageSize
  /// Whether light and dark were exchanged; `nil` where the image was not converted into the manner of a data
  /// set.
  package let isInverted: Bool?
}

/// A way from an image file to the input of a network.
package protocol ImagePreparation: Sendable {
  /// Writes the image at `path` as `[C, H, W]` into `destination`, which it fills.
  ///
  /// Where this throws, the destination is untouched.
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

/// The way for networks that have learnt from Fashion-MNIST: ``GarmentImage``, in the middle of the input, the
/// rest of which is black, normalized.
package struct GarmentPreparation: ImagePreparation {
  private let height: Int
  private let width: Int
  private let inverting: Bool?
  /// The normalized value of each of the 256 values a pixel can have.
  private let normalized: [Float]

  /// A preparation for inputs of one channel.
  ///
  /// - Parameters:
  ///   - description: Size of the input, mean and deviation.
  ///   - inverting: Whether light and dark are exchanged; `nil` leaves it to the image.
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
