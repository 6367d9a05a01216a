import Files
import TensorCore

/// The size of an image in its displayed orientation.
package struct ImageSize: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
}

/// How an image became the input of a network.
package struct PreparedImage: Hashable, Sendable {
  /// Size in the displayed orientation.
  package let size: ImageSize
  /// Whether light and dark were exchanged; `nil` if the image was not converted to look like a data set.
  package let isInverted: Bool?
  /// Size after resizing.
  package let resized: ImageSize
  /// First column of the crop in the resized image; negative if zeros were added before it.
  package let cropLeft: Int
  /// First row of the crop in the resized image; negative if zeros were added before it.
  package let cropTop: Int
}

/// Performs an ``ImagePreprocessing``: turns an image, in a file or in memory, into the input of a network.
///
/// Every image that a network sees comes through here.
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

  /// Channels of the result: 1 or 3.
  package var channels: Int { description.mean.count }

  /// The number of floats of an image: channels × crop height × crop width.
  package var elementCount: Int { channels * description.cropHeight * description.cropWidth }

  /// Writes an image as `[C, H, W]` into `destination`, ``elementCount`` floats.
  ///
  /// If this throws, the destination is unchanged.
  @discardableResult
  package func prepare(
    _ source: ImageSource, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedImage {
    let (pixels, prepared) = try pixels(of: source)
    unsafe normalize(pixels, into: destination)
    return prepared
  }

  /// The resized crop before normalization, 8 bits per value.
  package func pixels(of source: ImageSource) throws(InputError) -> (Raster, PreparedImage) {
    if case .fashionMNIST(let inverting) = description.conversion {
      let image = try source.decoded()
      let (garment, isInverted) = GarmentImage.convert(image, inverting: inverting)
      var description = description
      description.resize = GarmentImage.side
      let geometry = CropGeometry(width: garment.width, height: garment.height, description)
      return (
        garment.resampled(geometry).withChannels(channels),
        PreparedImage(
          ImageSize(width: image.width, height: image.height), geometry, isInverted: isInverted)
      )
    }
    switch source {
    case .file(let path): return try pixels(of: ImageReader(path: path))
    case .raster(let raster):
      let geometry = CropGeometry(width: raster.width, height: raster.height, description)
      let size = ImageSize(width: raster.width, height: raster.height)
      // Luma is computed before resizing, as for files.
      return (
        raster.withChannels(min(raster.channels, channels)).resampled(geometry).withChannels(channels),
        PreparedImage(size, geometry, isInverted: nil)
      )
    }
  }

  /// The resized crop of the image of a new `reader`.
  ///
  /// All rows are decoded, even those outside the crop: a damaged file is an error wherever the damage is.
  package func pixels(of reader: ImageReader) throws(InputError) -> (Raster, PreparedImage) {
    let geometry = CropGeometry(width: reader.width, height: reader.height, description)
    var crop = ResizedCrop(geometry, orientation: reader.orientation, channels: channels)
    for _ in 0..<reader.storedHeight { unsafe crop.push(try reader.nextRow()) }
    let raster = Raster(
      height: geometry.height, width: geometry.width, channels: channels, pixels: crop.pixels)
    return (
      raster,
      PreparedImage(ImageSize(width: reader.width, height: reader.height), geometry, isInverted: nil)
    )
  }

  /// Writes the pixels of a crop as `[C, H, W]`: scaled to [0, 1], minus the mean, divided by the deviation.
  package func normalize(_ image: Raster, into destination: UnsafeMutableBufferPointer<Float>) {
    precondition(
      image.pixels.count == elementCount && destination.count == elementCount, "one image's values")
    let plane = description.cropHeight * description.cropWidth
    unsafe normalized.withUnsafeBufferPointer { table in
      unsafe image.pixels.withUnsafeBufferPointer { pixels in
        for channel in 0..<channels {
          for index in 0..<plane {
            unsafe destination[channel * plane + index] =
              unsafe table[256 * channel + Int(pixels[channels * index + channel])]
          }
        }
      }
    }
  }
}

extension Preprocessor {
  /// The crop before normalization that became `input`, `[C, H, W]`.
  package func pixels(ofInput input: UnsafeBufferPointer<Float>) -> Raster {
    precondition(input.count == elementCount, "one image's values")
    let plane = description.cropHeight * description.cropWidth
    var raster = Raster(
      height: description.cropHeight, width: description.cropWidth, channels: channels, filledWith: 0)
    for channel in 0..<channels {
      let (mean, deviation) = (description.mean[channel], description.deviation[channel])
      for index in 0..<plane {
        let value = unsafe (input[channel * plane + index] * deviation + mean) * 255
        raster.pixels[channels * index + channel] = UInt8(min(max(value.rounded(), 0), 255))
      }
    }
    return raster
  }
}

extension PreparedImage {
  fileprivate init(_ size: ImageSize, _ geometry: CropGeometry, isInverted: Bool?) {
    self.size = size
    self.isInverted = isInverted
    resized = ImageSize(width: geometry.x.resized, height: geometry.y.resized)
    cropLeft = geometry.x.origin
    cropTop = geometry.y.origin
  }
}
