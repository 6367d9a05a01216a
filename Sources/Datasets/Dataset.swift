import Inputs
import TensorCore

/// Labeled images that can be read one by one, in any order and from any thread.
package protocol LabeledImages: Sendable {
  /// How many there are.
  var count: Int { get }
  /// The class of an image.
  func label(_ index: Int) -> Int
  /// Where to read an image from.
  func source(_ index: Int) -> ImageSource
}

/// A split of a data set.
package enum DataSplit: String, Hashable, Sendable, CaseIterable {
  /// Images for training.
  case train
  /// Images for choosing settings and epochs; `train` tests on them.
  case val
  /// Images for the final test.
  case test
  /// All images of a data set without splits.
  case all

  /// What folders and tables call it.
  var names: [String] {
    switch self {
    case .train: ["train", "training"]
    case .val: ["val", "valid", "validation"]
    case .test: ["test", "testing"]
    case .all: []
    }
  }

  /// The split that a folder or a table calls `name`.
  init?(called name: String) {
    guard let split = DataSplit.allCases.first(where: { $0.names.contains(name.lowercased()) }) else {
      return nil
    }
    self = split
  }
}

/// Labeled images, in one or several splits.
package struct Dataset: Sendable {
  /// Its name: `fashion-mnist`, or the folder.
  package let name: String
  /// Names of the classes; the label is the position.
  package let classNames: [String]
  /// The splits that exist.
  package let splits: [DataSplit: any LabeledImages]
  /// The size of all images, or `nil` if sizes differ.
  package let fixedSize: FixedSize?
  /// Files in the folders that are no images by their extensions.
  package let skipped: SkippedFiles
  /// Names of files that belong to the set but are not there.
  package let missing: [String]
  /// The value that stands for white where images were stored as floats, 1 or 255; otherwise `nil`.
  package let whiteOfFloats: Int?

  /// A data set from its parts.
  package init(
    name: String, classNames: [String], splits: [DataSplit: any LabeledImages], fixedSize: FixedSize?,
    skipped: SkippedFiles = SkippedFiles(), missing: [String] = [], whiteOfFloats: Int? = nil
  ) {
    self.name = name
    self.classNames = classNames
    self.splits = splits
    self.fixedSize = fixedSize
    self.skipped = skipped
    self.missing = missing
    self.whiteOfFloats = whiteOfFloats
  }

  /// The split that training tests on: `val`, or `test` if there is no `val`.
  package var validationSplit: DataSplit? { [.val, .test].first { splits[$0] != nil } }

  /// The split that is evaluated by default: `test`, else `val`, else everything.
  package var evaluationSplit: DataSplit? { [.test, .val, .all].first { splits[$0] != nil } }

  /// The images of a split.
  ///
  /// Throws ``DatasetError/noSplit(folder:asked:found:)``.
  package func images(of split: DataSplit) throws(DatasetError) -> any LabeledImages {
    if let images = splits[split] { return images }
    throw .noSplit(folder: name, asked: split, found: DataSplit.allCases.filter { splits[$0] != nil })
  }

  /// Bytes of images that are held in memory; images in folders are read when they are needed.
  package var heldBytes: Int {
    splits.values.reduce(0) {
      $0 + (($1 as? ImagesInMemory).map { $0.pixels.count + $0.labels.count } ?? 0)
    }
  }
}

/// Some of the images of another data set.
package struct SelectedImages: LabeledImages {
  private let images: any LabeledImages
  private let indices: [Int]

  /// The images at `indices`.
  package init(_ images: any LabeledImages, _ indices: [Int]) {
    self.images = images
    self.indices = indices
  }

  /// How many there are.
  package var count: Int { indices.count }
  /// The class of an image.
  package func label(_ index: Int) -> Int { images.label(indices[index]) }
  /// Where to read an image from.
  package func source(_ index: Int) -> ImageSource { images.source(indices[index]) }
}

/// The images of another data set, with labels of another list of classes.
package struct RelabeledImages: LabeledImages {
  private let images: any LabeledImages
  private let labels: [Int]

  /// `labels` holds the new label for each old one.
  package init(_ images: any LabeledImages, labels: [Int]) {
    self.images = images
    self.labels = labels
  }

  /// How many there are.
  package var count: Int { images.count }
  /// The class of an image in that list.
  package func label(_ index: Int) -> Int { labels[images.label(index)] }
  /// Where to read an image from.
  package func source(_ index: Int) -> ImageSource { images.source(index) }
}

/// Size and statistics of a data set whose images have one size.
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

  /// Images from their bytes, `labels.count · height · width · channels`.
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
  package func source(_ index: Int) -> ImageSource {
    let size = height * width * channels
    return .raster(
      Raster(
        height: height, width: width, channels: channels,
        pixels: Array(pixels[index * size..<(index + 1) * size])))
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
