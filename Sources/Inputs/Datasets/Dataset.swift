/// Labeled images that can be had one by one, in any order and from any thread.
package protocol LabeledImages: Sendable {
  /// How many there are.
  var count: Int { get }
  /// The class of an image.
  func label(_ index: Int) -> Int
  /// An image, as it was stored.
  func raster(_ index: Int) throws(InputError) -> Raster
}

/// Images to learn from and images to be tested on.
package struct Dataset: Sendable {
  /// What it is called: `fashion-mnist`, or the folder.
  package let name: String
  /// Names of the classes; the label is the position.
  package let classNames: [String]
  /// To learn from.
  package let train: any LabeledImages
  /// To be tested on.
  package let test: any LabeledImages
  /// The size that all images share, or `nil` where each has its own.
  package let fixedSize: FixedSize?

  /// A data set from its parts.
  package init(
    name: String, classNames: [String], train: any LabeledImages, test: any LabeledImages,
    fixedSize: FixedSize?
  ) {
    self.name = name
    self.classNames = classNames
    self.train = train
    self.test = test
    self.fixedSize = fixedSize
  }

  /// Bytes of the images that are held in memory; those of a folder are read as they are needed.
  package var heldBytes: Int {
    [train, test].reduce(0) { $0 + (($1 as? ImagesInMemory).map { $0.pixels.count + $0.labels.count } ?? 0) }
  }
}

/// What is known of a data set whose images are all alike.
package struct FixedSize: Hashable, Sendable {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// 1 or 3.
  package let channels: Int
  /// Mean of each channel over the training images, of values in [0, 1].
  package let mean: [Float]
  /// Standard deviation of each channel over the training images.
  package let deviation: [Float]
}

/// Images of one size, held in memory as bytes.
package struct ImagesInMemory: LabeledImages {
  /// Rows.
  package let height: Int
  /// Columns.
  package let width: Int
  /// Values of a pixel.
  package let channels: Int
  /// `[N, H, W, C]`.
  let pixels: [UInt8]
  let labels: [UInt8]

  /// How many there are.
  package var count: Int { labels.count }

  /// Images from their bytes: `labels.count · height · width · channels` of them.
  package init(height: Int, width: Int, channels: Int, pixels: [UInt8], labels: [UInt8]) {
    precondition(pixels.count == labels.count * height * width * channels)
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
    self.labels = labels
  }

  /// The class of an image.
  package func label(_ index: Int) -> Int { Int(labels[index]) }

  /// An image.
  package func raster(_ index: Int) -> Raster {
    let size = height * width * channels
    return Raster(
      height: height, width: width, channels: channels,
      pixels: Array(pixels[index * size..<(index + 1) * size]))
  }

  /// The first `limit` images.
  package func prefix(_ limit: Int) -> ImagesInMemory {
    let kept = min(limit, count)
    return ImagesInMemory(
      height: height, width: width, channels: channels,
      pixels: Array(pixels.prefix(kept * height * width * channels)), labels: Array(labels.prefix(kept)))
  }

  /// Size and statistics; exact sums over all bytes.
  var fixedSize: FixedSize {
    var (sums, squares) = ([Int](repeating: 0, count: channels), [Int](repeating: 0, count: channels))
    var channel = 0
    for value in pixels {
      sums[channel] += Int(value)
      squares[channel] += Int(value) * Int(value)
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    let number = Double(max(pixels.count / channels, 1))
    let means = sums.map { Double($0) / number }
    // A channel without variance would be divided by zero.
    let deviations = zip(squares, means).map { max((Double($0) / number - $1 * $1).squareRoot(), 1) }
    return FixedSize(
      height: height, width: width, channels: channels, mean: means.map { Float($0 / 255) },
      deviation: deviations.map { Float($0 / 255) })
  }
}
