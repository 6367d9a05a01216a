import Files
import TensorCore

/// A picture as it became the input of a network.
package struct PreparedPicture: Hashable, Sendable {
  /// Size as shown.
  package let size: PictureSize
  /// Whether light and dark were exchanged; `nil` where the picture was not converted into the manner of a data
  /// set.
  package let isInverted: Bool?
}

/// A way from a picture file to the input of a network.
package protocol PicturePreparation: Sendable {
  /// Writes the picture at `path` as `[C, H, W]` into `destination`, which it fills.
  ///
  /// Where this throws, the destination is untouched.
  func prepare(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedPicture
}

extension Preprocessor: PicturePreparation {
  package func prepare(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedPicture {
    PreparedPicture(size: try unsafe process(path: path, into: destination), isInverted: nil)
  }
}

/// The way for networks that have learnt from Fashion-MNIST: ``GarmentPicture``, in the middle of the input, the
/// rest of which is black, normalised.
package struct GarmentPreparation: PicturePreparation {
  private let height: Int
  private let width: Int
  private let inverting: Bool?
  /// The normalised value of each of the 256 values a pixel can have.
  private let normalised: [Float]

  /// A preparation for inputs of one channel.
  ///
  /// - Parameters:
  ///   - description: Size of the input, mean and deviation.
  ///   - inverting: Whether light and dark are exchanged; `nil` leaves it to the picture.
  package init(_ description: ImagePreprocessing, inverting: Bool?) {
    precondition(description.mean.count == 1 && description.deviation.count == 1, "one channel")
    height = description.cropHeight
    width = description.cropWidth
    self.inverting = inverting
    normalised = (0..<256).map { (Float($0) / 255 - description.mean[0]) / description.deviation[0] }
  }

  package func prepare(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedPicture {
    precondition(destination.count == height * width, "one picture's floats")
    let image = try ImageDecoder.decode(path: path)
    let (garment, isInverted) = GarmentPicture.convert(image, inverting: inverting)
    let input = garment.cropped(
      top: (garment.height - height) >> 1, left: (garment.width - width) >> 1, height: height, width: width)
    for (place, value) in input.pixels.enumerated() {
      unsafe destination[place] = normalised[Int(value)]
    }
    return PreparedPicture(
      size: PictureSize(width: image.width, height: image.height), isInverted: isInverted)
  }
}
