import Files

/// Where an image comes from.
package enum ImageSource: Hashable, Sendable {
  /// A file in one of the formats that are read.
  case file(FilePath)
  /// Pixels in memory, as they were stored.
  case raster(Raster)

  /// All pixels as shown, three channels from a file.
  ///
  /// What only needs the resized crop goes through ``Preprocessor``, which holds much less at a time.
  package func decoded() throws(InputError) -> Raster {
    switch self {
    case .raster(let raster): return raster
    case .file(let path):
      let image = try ImageDecoder.decode(path: path)
      return Raster(height: image.height, width: image.width, channels: 3, pixels: image.pixels)
    }
  }
}
