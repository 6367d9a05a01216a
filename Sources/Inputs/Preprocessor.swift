import Files
import TensorCore

/// The size of an image in its displayed orientation.
package struct ImageSize: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
}

/// Performs an ``ImagePreprocessing``: turns an image file into the input of a network.
///
/// The result has the same bits as torchvision's `Resize`, `CenterCrop`, `ToTensor`, `Normalize` (with `Grayscale`
/// first for one channel) on a Pillow image with the EXIF orientation applied.
package struct Preprocessor: Sendable {
  /// What is performed.
  package let description: ImagePreprocessing
  /// For each channel, the normalized value for each of the 256 pixel values.
  private let normalized: [Float]

  /// A preprocessor with positive sizes and one or three channels.
  package init(_ description: ImagePreprocessing) {
    precondition(description.mean.count == 1 || description.mean.count == 3, "one or three channels")
    precondition(description.mean.count == description.deviation.count, "a deviation for each mean")
    precondition(
      description.resize > 0 && description.cropHeight > 0 && description.cropWidth > 0, "positive sizes")
    self.description = description
    normalized = zip(description.mean, description.deviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// The number of floats of an image: channels × crop height × crop width.
  package var elementCount: Int {
    description.mean.count * description.cropHeight * description.cropWidth
  }

  /// Writes the image at `path` as `[C, H, W]` into `destination`, ``elementCount`` floats.
  @discardableResult
  package func process(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> ImageSize {
    try unsafe process(ImageReader(path: path), into: destination)
  }

  /// Writes the image of a new `reader` as `[C, H, W]` into `destination`, ``elementCount`` floats.
  ///
  /// If this throws, the destination is unchanged.
  @discardableResult
  package func process(
    _ reader: ImageReader, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> ImageSize {
    precondition(destination.count == elementCount, "one image's floats")
    let pixels = try pixels(of: reader)
    let channels = description.mean.count
    let plane = description.cropHeight * description.cropWidth
    unsafe normalized.withUnsafeBufferPointer { table in
      unsafe pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          for index in 0..<plane {
            unsafe destination[channel * plane + index] =
              unsafe table[256 * channel + Int(pixels[channels * index + channel])]
          }
        }
      }
    }
    return ImageSize(width: reader.width, height: reader.height)
  }

  /// The resized crop before normalization: `[H, W, C]`, 8 bits.
  ///
  /// All rows are decoded, even those outside the crop: a damaged file is an error wherever the
  /// damage is.
  package func pixels(of reader: ImageReader) throws(InputError) -> [UInt8] {
    var crop = ResizedCrop(of: reader, description: description)
    for _ in 0..<reader.storedHeight { unsafe crop.push(try reader.nextRow()) }
    return crop.pixels
  }
}
