import Files
import Inputs

/// Which images of a data set without splits are held out for validation.
///
/// A share of each class is. Which images these are depends on the seed and the names of the files alone: not on their order, and
/// hardly on what other images there are. Training, resumed training and evaluation make the same choice.
package struct HeldOutImages: Hashable, Sendable {
  /// The share of each class, above 0 and below 1.
  package var fraction: Double
  /// Another seed holds out other images.
  package var seed: UInt64

  /// A choice from its parts.
  package init(fraction: Double, seed: UInt64 = 0) {
    self.fraction = fraction
    self.seed = seed
  }

  /// How many of `count` images of a class are held out: at least one, and not all.
  func share(of count: Int) -> Int { min(max(Int((Double(count) * fraction).rounded()), 1), count - 1) }

  /// The place of an image in the order in which images of its class are held out: the SHA-256 of the seed, a blank and the
  /// name of its file, without folders; images in memory have their position instead.
  private func rank(_ source: ImageSource, at index: Int) -> String {
    let name: [UInt8] =
      switch source {
      case .file(let path): path.bytes.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? []
      case .raster: Array("\(index)".utf8)
      }
    return unsafe (Array("\(seed) ".utf8) + name).withUnsafeBytes { unsafe SHA256.digest(of: $0) }
  }

  /// The images of a class that are held out, and the others, both in order.
  func divide(
    _ indices: [Int], of images: any LabeledImages
  ) -> (validation: [Int], train: [Int]) {
    let ranked = indices.map { (rank: rank(images.source($0), at: $0), index: $0) }.sorted {
      ($0.rank, $0.index) < ($1.rank, $1.index)
    }
    let count = share(of: indices.count)
    return (ranked[..<count].map(\.index), ranked[count...].map(\.index))
  }
}

extension Dataset {
  /// The same images, some of each class as ``DataSplit/val`` and the others as ``DataSplit/train``.
  ///
  /// Throws ``DatasetError`` for a data set that has splits, and for a class with a single image.
  package func divided(_ heldOut: HeldOutImages) throws(DatasetError) -> Dataset {
    guard let images = splits[.all] else { throw .alreadyDivided(folder: name) }
    var byClass = [[Int]](repeating: [], count: classNames.count)
    for index in 0..<images.count { byClass[images.label(index)].append(index) }
    var (train, validation): ([Int], [Int]) = ([], [])
    for (label, indices) in byClass.enumerated() where !indices.isEmpty {
      guard indices.count > 1 else { throw .tooFewImages(folder: name, className: classNames[label]) }
      let parts = heldOut.divide(indices, of: images)
      validation += parts.validation
      train += parts.train
    }
    return Dataset(
      name: name, classNames: classNames,
      splits: [
        .train: SelectedImages(images, train.sorted()), .val: SelectedImages(images, validation.sorted()),
      ], fixedSize: fixedSize, skipped: skipped, missing: missing, whiteOfFloats: whiteOfFloats)
  }
}
