import Files
import TensorCore

/// Columns and rows of an image as shown.
package struct ImageSize: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
}

/// Carries out an ``ImagePreprocessing``: from an image file to the input of a network.
///
/// Bit for bit what torchvision does on a Pillow image with the EXIF orientation applied: `Resize`,
/// `CenterCrop`, `ToTensor`, `Normalize`; with one channel, `Grayscale` before them.
package struct Preprocessor: Sendable {
  /// What is carried out.
  package let description: ImagePreprocessing
  /// For each channel, the normalized value of each of the 256 values a pixel can have.
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

  /// Floats of one image: channels times crop height times crop width.
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

  /// Writes the image that a fresh `reader` hands out as `[C, H, W]` into `destination`.
  ///
  /// It takes ``elementCount`` floats. Where this throws, they are untouched.
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

  /// The resized crop before it is normalized: `[H, W, C]`, 8 bits.
  ///
  /// All rows are decoded, also those that the crop leaves out: a damaged file is an error wherever the
  /// damage is.
  package func pixels(of reader: ImageReader) throws(InputError) -> [UInt8] {
    var crop = ResizedCrop(of: reader, description: description)
    for _ in 0..<reader.storedHeight { unsafe crop.push(try reader.nextRow()) }
    return crop.pixels
  }
}
