import Files
import TensorCore

/// Columns and rows of a picture as shown.
package struct PictureSize: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
}

/// Carries out an ``ImagePreprocessing``: from a picture file to the input of a network.
///
/// Bit for bit what torchvision does on a Pillow image with the EXIF orientation applied: `Resize`,
/// `CenterCrop`, `ToTensor`, `Normalize`; with one channel, `Grayscale` before them.
package struct Preprocessor: Sendable {
  /// What is carried out.
  package let description: ImagePreprocessing
  /// For each channel, the normalised value of each of the 256 values a pixel can have.
  private let normalised: [Float]

  /// A preprocessor with positive sizes and one or three channels.
  package init(_ description: ImagePreprocessing) {
    precondition(description.mean.count == 1 || description.mean.count == 3, "one or three channels")
    precondition(description.mean.count == description.deviation.count, "a deviation for each mean")
    precondition(
      description.resize > 0 && description.cropHeight > 0 && description.cropWidth > 0, "positive sizes")
    self.description = description
    normalised = zip(description.mean, description.deviation).flatMap { mean, deviation in
      (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// Floats of one picture: channels times crop height times crop width.
  package var elementCount: Int {
    description.mean.count * description.cropHeight * description.cropWidth
  }

  /// Writes the picture at `path` as `[C, H, W]` into `destination`, ``elementCount`` floats.
  @discardableResult
  package func process(
    path: FilePath, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PictureSize {
    try unsafe process(PictureReader(path: path), into: destination)
  }

  /// Writes the picture that a fresh `reader` hands out as `[C, H, W]` into `destination`.
  ///
  /// It takes ``elementCount`` floats. Where this throws, they are untouched.
  @discardableResult
  package func process(
    _ reader: PictureReader, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PictureSize {
    precondition(destination.count == elementCount, "one picture's floats")
    let pixels = try pixels(of: reader)
    let channels = description.mean.count
    let plane = description.cropHeight * description.cropWidth
    unsafe normalised.withUnsafeBufferPointer { table in
      unsafe pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          for index in 0..<plane {
            unsafe destination[channel * plane + index] =
              unsafe table[256 * channel + Int(pixels[channels * index + channel])]
          }
        }
      }
    }
    return PictureSize(width: reader.width, height: reader.height)
  }

  /// The resized crop before it is normalised: `[H, W, C]`, 8 bits.
  ///
  /// All rows are decoded, also those that the crop leaves out: a damaged file is an error wherever the
  /// damage is.
  package func pixels(of reader: PictureReader) throws(InputError) -> [UInt8] {
    var crop = ResizedCrop(of: reader, description: description)
    for _ in 0..<reader.storedHeight { unsafe crop.push(try reader.nextRow()) }
    return crop.pixels
  }
}
