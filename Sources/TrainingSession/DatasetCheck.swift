import Datasets
import Engine
import Files
import Inputs
import Synchronization
import TensorCore

/// What is in a data set: every file decoded once.
package struct DatasetCheck: Sendable {
  /// An image and where it belongs.
  package struct Image: Hashable, Sendable {
    /// Its split.
    package let split: DataSplit
    /// Its class.
    package let label: Int
    /// Its path; for an image in memory, its position.
    package let name: String
  }

  /// An image that cannot be read.
  package struct Broken: Sendable {
    /// The image.
    package let image: Image
    /// Why.
    package let error: InputError
  }

  /// Images with the same content.
  package struct Duplicates: Sendable {
    /// SHA-256 of the file, or of the size and pixels of an image in memory.
    package let digest: String
    /// At least two.
    package let images: [Image]

    /// Whether they are in more than one split: a test then asks for what was learned by heart.
    package var crossSplits: Bool { Set(images.map(\.split)).count > 1 }
    /// Whether they have more than one class.
    package var crossClasses: Bool { Set(images.map(\.label)).count > 1 }
  }

  /// The images of a split.
  package struct Split: Sendable {
    /// The split.
    package let split: DataSplit
    /// How many images each class has, broken ones included.
    package fileprivate(set) var counts: [Int]
    /// How many images each class has that cannot be read.
    package fileprivate(set) var broken: [Int]
    /// How many files each format has; none for images in memory.
    package fileprivate(set) var formats: [ImageFormat: Int] = [:]
    /// The sizes, in ascending order of the pixels.
    package fileprivate(set) var sizes: [Size] = []

    /// Number of images.
    package var count: Int { counts.reduce(0, +) }
  }

  /// The size of an image as shown.
  package struct Size: Hashable, Sendable {
    /// Columns.
    package let width: Int
    /// Rows.
    package let height: Int
  }

  /// The splits that exist, in order.
  package private(set) var splits: [Split] = []
  /// Images that cannot be read, in order.
  package private(set) var broken: [Broken] = []
  /// Images with the same content, those in several splits first.
  package private(set) var duplicates: [Duplicates] = []

  /// Reads all images of `data` on `threads` threads; `nil` if `isStopped` became true on the way.
  ///
  /// Throws ``ThreadError``.
  package init?(
    of data: Dataset, threads: Int, isStopped: @escaping @Sendable () -> Bool,
    advance: @escaping @Sendable () -> Void
  ) throws(ThreadError) {
    let pool = try ThreadPool(threadCount: threads)
    var byDigest: [String: [Image]] = [:]
    var digests: [String] = []
    for split in DataSplit.allCases {
      guard let images = data.splits[split] else { continue }
      let contents = Mutex([Content?](repeating: nil, count: images.count))
      pool.share(images.count) { index in
        if isStopped() { return }
        let content = Content(of: images.source(index))
        contents.withLock { $0[index] = content }
        advance()
      }
      if isStopped() { return nil }
      let zeros = [Int](repeating: 0, count: data.classNames.count)
      var found = Split(split: split, counts: zeros, broken: zeros)
      for (index, content) in contents.withLock({ $0 }).enumerated() {
        guard let content else { continue }
        let name =
          switch images.source(index) {
          case .file(let path): path.text
          case .raster: "\(index)"
          }
        let image = Image(split: split, label: images.label(index), name: name)
        found.counts[image.label] += 1
        if let error = content.error {
          found.broken[image.label] += 1
          broken.append(Broken(image: image, error: error))
        }
        if let format = content.format { found.formats[format, default: 0] += 1 }
        if let size = content.size { found.sizes.append(size) }
        if let digest = content.digest {
          if byDigest[digest] == nil { digests.append(digest) }
          byDigest[digest, default: []].append(image)
        }
      }
      found.sizes.sort { ($0.width * $0.height, $0.width) < ($1.width * $1.height, $1.width) }
      splits.append(found)
    }
    let groups = digests.map { Duplicates(digest: $0, images: byDigest[$0] ?? []) }
    let repeated = groups.filter { $0.images.count > 1 }
    duplicates = repeated.filter(\.crossSplits) + repeated.filter { !$0.crossSplits }
  }

  /// What is found out about an image.
  private struct Content: Sendable {
    var format: ImageFormat?
    var size: Size?
    var digest: String?
    var error: InputError?

    init(of source: ImageSource) {
      switch source {
      case .raster(let raster):
        size = Size(width: raster.width, height: raster.height)
        let head = Array("\(raster.width) \(raster.height) \(raster.channels) ".utf8)
        digest = unsafe (head + raster.pixels).withUnsafeBytes { unsafe SHA256.digest(of: $0) }
      case .file(let path):
        do throws(InputError) {
          let reader = try ImageReader(path: path)
          format = reader.format
          size = Size(width: reader.width, height: reader.height)
          _ = try ImageDecoder.decode(reader)
        } catch { self.error = error }
        // Without the file, the error says so.
        digest = try? RegularFile(path).sha256()
      }
    }
  }
}
