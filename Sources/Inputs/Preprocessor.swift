import Files
import TensorCore

/// Columns and rows of an image as shown.
package struct ImageSize: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
}

/// What was done to an image on its way to the input of a network.
package struct PreparedImage: Hashable, Sendable {
  /// Size as shown.
  package let size: ImageSize
  /// Whether light and dark were exchanged; `nil` where the image was not converted into the manner of a data
  /// set.
  package let isInverted: Bool?
  /// Size after the resize.
  package let resized: ImageSize
  /// First column of the crop in the resized image; negative where zeros were added before it.
  package let cropLeft: Int
  /// First row of the crop in the resized image; negative where zeros were added before it.
  package let cropTop: Int
}

/// Carries out an ``ImagePreprocessing``, for every image that any network sees: from a file or from pixels in memory to
/// the input of a network.
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

  /// Channels of the result: 1 or 3.
  package var channels: Int { description.mean.count }

  /// Floats of one image: channels times crop height times crop width.
  package var elementCount: Int { channels * description.cropHeight * description.cropWidth }

  /// Writes an image as `[C, H, W]` into `destination`, ``elementCount`` floats.
  ///
  /// Where this throws, the destination is untouched.
  @discardableResult
  package func prepare(
    _ source: ImageSource, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(InputError) -> PreparedImage {
    let (pixels, prepared) = try pixels(of: source)
    unsafe normalize(pixels, into: destination)
    return prepared
  }

  /// An image before it is normalized: the resized crop, 8 bits a value.
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
      // Luma before the resize, as for a file.
      return (
        raster.withChannels(min(raster.channels, channels)).resampled(geometry).withChannels(channels),
        PreparedImage(size, geometry, isInverted: nil)
      )
    }
  }

  /// The resized crop of the image that a fresh `reader` hands out.
  ///
  /// All rows are decoded, also those that the crop leaves out: a damaged file is an error wherever the
  /// damage is.
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

  /// Writes pixels of the crop's size as `[C, H, W]`: scaled to [0, 1], less the mean, divided by the deviation.
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

extension PreparedImage {
  fileprivate init(_ size: ImageSize, _ geometry: CropGeometry, isInverted: Bool?) {
    self.size = size
    self.isInverted = isInverted
    resized = ImageSize(width: geometry.x.resized, height: geometry.y.resized)
    cropLeft = geometry.x.origin
    cropTop = geometry.y.origin
  }
}
