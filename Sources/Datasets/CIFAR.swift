import Files
import TensorCore
import Weights

/// The files of CIFAR-10 and CIFAR-100, in binary form and pickled for Python: labels, and 3 × 32 × 32 bytes an image,
/// plane by plane.
enum CIFAR {
  private static let side = 32
  private static let plane = side * side
  /// Most bytes of a binary file, of which CIFAR-100's training images have 154 million.
  private static let mostBytes = 1 << 29

  /// Reads the records of all binary files at `paths` in order.
  ///
  /// CIFAR-100 has a coarse label before the fine one: there, `labelBytes` is 2, and the last label is used.
  static func read(_ paths: [String], labelBytes: Int, classes: Int) throws(DatasetError) -> ImagesInMemory {
    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    let record = labelBytes + 3 * plane
    for path in paths {
      let bytes = try PossiblyCompressedFile.read(path: path, limit: mostBytes)
      guard !bytes.isEmpty, bytes.count % record == 0 else {
        throw .wrongSize(
          path: path, expected: max(1, (bytes.count + record - 1) / record) * record, found: bytes.count)
      }
      try reserve(bytes.count, in: &pixels, path)
      for start in stride(from: 0, to: bytes.count, by: record) {
        let label = Int(bytes[start + labelBytes - 1])
        labels.append(try checked(label, index: start / record, classes: classes, path))
        append(bytes[(start + labelBytes)..<(start + record)], to: &pixels)
      }
    }
    return ImagesInMemory(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
  }

  /// Reads all pickled batches at `paths` in order; their labels stand under `labelKey`.
  static func readPickled(
    _ paths: [String], labelKey: String, classes: Int
  ) throws(DatasetError) -> ImagesInMemory {
    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    for path in paths {
      let batch = try items(path)
      guard let data = batch.array("data"), data.elementType == .uint8, data.shape.rank == 2,
        data.shape[0] > 0, data.shape[1] == 3 * plane
      else { throw .wrongItem(path: path, key: "data", expected: "an array of N x \(3 * plane) bytes") }
      guard let values = batch.integers(labelKey), values.count == data.shape[0] else {
        throw .wrongItem(path: path, key: labelKey, expected: "a list of \(data.shape[0]) whole numbers")
      }
      try reserve(data.bytes.count, in: &pixels, path)
      for (index, label) in values.enumerated() {
        labels.append(try checked(label, index: index, classes: classes, path))
        append(data.bytes.dropFirst(index * 3 * plane).prefix(3 * plane), to: &pixels)
      }
    }
    return ImagesInMemory(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
  }

  /// The names of classes in a pickled file of names; `nil` where it has none.
  static func pickledNames(_ path: String, key: String) throws(DatasetError) -> [String]? {
    try items(path).texts(key)
  }

  private static func items(_ path: String) throws(DatasetError) -> PickledItems {
    do throws(CheckpointError) { return try PickledItems(path: path) } catch { throw DatasetError(error) }
  }

  /// Makes room for the pixels of one more file; the old ones are copied while they grow.
  private static func reserve(
    _ count: Int, in pixels: inout [UInt8], _ path: String
  ) throws(DatasetError) {
    let all = pixels.count + count
    guard AvailableMemory.holds(all) else { throw .file(.outOfMemory(path: path, bytes: all)) }
    pixels.reserveCapacity(all)
  }

  private static func checked(
    _ label: Int, index: Int, classes: Int, _ path: String
  ) throws(DatasetError) -> UInt8 {
    guard (0..<classes).contains(label) else {
      throw .wrongLabel(path: path, index: index, label: label, classes: classes)
    }
    return UInt8(label)
  }

  /// Appends an image, with the channels of a pixel together.
  private static func append(_ planes: ArraySlice<UInt8>, to pixels: inout [UInt8]) {
    let first = planes.startIndex
    for pixel in first..<first + plane {
      pixels.append(planes[pixel])
      pixels.append(planes[pixel + plane])
      pixels.append(planes[pixel + 2 * plane])
    }
  }
}
