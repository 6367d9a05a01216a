import Files
import TensorCore
import Weights

/// Images and labels as arrays in one `.npz`: Keras's MNIST and CIFAR (`x_train`, `y_train`, …) and MedMNIST
/// (`train_images`, `train_labels`, …).
///
/// Images are bytes or other numbers from 0 to 255, or floats from 0 to 1; `[N, H, W]`, `[N, H, W, C]` or `[N, C, H, W]` with
/// one or three channels. Labels are whole numbers, `[N]` or `[N, 1]`.
struct ArrayArchive {
  private static let names: [(split: DataSplit, images: [String], labels: [String])] = [
    (.train, ["x_train", "X_train", "train_images"], ["y_train", "Y_train", "train_labels"]),
    (.val, ["x_val", "X_val", "val_images"], ["y_val", "Y_val", "val_labels"]),
    (.test, ["x_test", "X_test", "test_images"], ["y_test", "Y_test", "test_labels"]),
  ]
  /// Labels are kept as bytes.
  private static let mostClasses = 256

  private let file: Checkpoint

  /// Reads the archive at `path`.
  ///
  /// Throws ``DatasetError``.
  static func read(_ path: String) throws(DatasetError) -> Dataset {
    let archive: ArrayArchive
    do throws(CheckpointError) { archive = ArrayArchive(file: try Checkpoint.open(path: path)) } catch {
      throw DatasetError(error)
    }
    var splits: [DataSplit: ImagesInMemory] = [:]
    var scale: Float?
    for row in names {
      guard let images = archive.tensor(row.images) else { continue }
      guard let labels = archive.tensor(row.labels) else {
        throw .missing(folder: path, name: row.labels[0])
      }
      splits[row.split] = try archive.images(images, labels: labels, scale: &scale)
    }
    guard let first = splits[.train] ?? splits[.test] ?? splits[.val] else {
      throw .missing(folder: path, name: "x_train (or train_images)")
    }
    for images in splits.values where images.size != first.size {
      throw .wrongExtents(
        path: path, expected: "images of one size, such as \(first.size)", found: "\(images.size)")
    }
    let classes = splits.values.reduce(0) { max($0, $1.labels.max().map { Int($0) + 1 } ?? 0) }
    return Dataset(
      name: path, classNames: (0..<classes).map(String.init), splits: splits, fixedSize: first.fixedSize,
      whiteOfFloats: scale.map { $0 == 1 ? 255 : 1 })
  }

  private func tensor(_ names: [String]) -> TensorEntry? {
    file.tensors.first { names.contains($0.name) }
  }

  /// Images with their labels; `scale` is what floats were multiplied by, in all splits the same.
  private func images(
    _ images: TensorEntry, labels: TensorEntry, scale: inout Float?
  ) throws(DatasetError) -> ImagesInMemory {
    guard images.elementType != .bool, let size = ImageAxes(images.shape) else {
      throw .wrongExtents(
        path: file.path,
        expected: "\(images.name) as numbers of N x H x W, N x H x W x C or N x C x H x W",
        found: "\(images.elementType.rawValue) of \(images.shape)")
    }
    let count = images.shape[0]
    guard !labels.elementType.isFloatingPoint, labels.shape == [count] || labels.shape == [count, 1] else {
      throw .wrongExtents(
        path: file.path, expected: "\(labels.name) as \(count) whole numbers",
        found: "\(labels.elementType.rawValue) of \(labels.shape)")
    }
    return ImagesInMemory(
      height: size.height, width: size.width, channels: size.channels,
      pixels: size.pixelByPixel(try pixels(of: images, scale: &scale)), labels: try self.labels(of: labels))
  }

  private func bytes(of tensor: TensorEntry) throws(DatasetError) -> [UInt8] {
    // Planes are copied once more, to stand pixel by pixel.
    guard AvailableMemory.holds(2 * tensor.byteCount) else {
      throw .file(.outOfMemory(path: file.path, bytes: 2 * tensor.byteCount))
    }
    var bytes = [UInt8](repeating: 0, count: tensor.byteCount)
    var failure: CheckpointError?
    unsafe bytes.withUnsafeMutableBytes { bytes in
      do throws(CheckpointError) { try unsafe file.readElements(tensor, into: bytes) } catch {
        failure = error
      }
    }
    if let failure { throw DatasetError(failure) }
    return bytes
  }

  /// The brightness of every value, from 0 to 255.
  ///
  /// Floats that are all from 0 to 1 are multiplied by 255; the first split decides. Rounding gives back the bytes
  /// that the floats were made of.
  private func pixels(of tensor: TensorEntry, scale: inout Float?) throws(DatasetError) -> [UInt8] {
    if tensor.elementType == .uint8 { return try bytes(of: tensor) }
    let values = try floats(of: tensor)
    let (low, high) = values.reduce(into: (Float.infinity, -Float.infinity)) { range, value in
      range = (min(range.0, value), max(range.1, value))
    }
    var factor: Float = 1
    if tensor.elementType.isFloatingPoint {
      factor = scale ?? (high <= 1 ? 255 : 1)
      scale = factor
    }
    guard low >= 0, high * factor <= 255, values.allSatisfy(\.isFinite) else {
      throw .wrongRange(path: file.path, name: tensor.name, low: low, high: high)
    }
    return values.map { UInt8(($0 * factor).rounded()) }
  }

  private func floats(of tensor: TensorEntry) throws(DatasetError) -> [Float] {
    // The bytes come out of the floats, and planes are copied once more.
    let bytes = tensor.shape.count * (MemoryLayout<Float>.stride + 2)
    guard AvailableMemory.holds(bytes) else { throw .file(.outOfMemory(path: file.path, bytes: bytes)) }
    var floats = [Float](repeating: 0, count: tensor.shape.count)
    var failure: CheckpointError?
    unsafe floats.withUnsafeMutableBufferPointer { floats in
      do throws(CheckpointError) { try unsafe file.read(tensor, into: floats) } catch { failure = error }
    }
    if let failure { throw DatasetError(failure) }
    return floats
  }

  private func labels(of tensor: TensorEntry) throws(DatasetError) -> [UInt8] {
    var labels: [UInt8] = []
    for (index, value) in try floats(of: tensor).enumerated() {
      guard let label = UInt8(exactly: value) else {
        throw .wrongLabel(
          path: file.path, index: index, label: Int(exactly: value) ?? .max, classes: ArrayArchive.mostClasses
        )
      }
      labels.append(label)
    }
    return labels
  }
}

/// Which axes of an array of images are which.
private struct ImageAxes {
  let height: Int
  let width: Int
  let channels: Int
  /// Whether the channels come before the rows.
  let isPlanar: Bool

  /// `nil` for a shape that is not one of images.
  init?(_ shape: Shape) {
    let sides = 1...4096
    switch shape.rank {
    case 3: (height, width, channels, isPlanar) = (shape[1], shape[2], 1, false)
    case 4 where shape[3] == 1 || shape[3] == 3:
      (height, width, channels, isPlanar) = (shape[1], shape[2], shape[3], false)
    case 4 where shape[1] == 1 || shape[1] == 3:
      (height, width, channels, isPlanar) = (shape[2], shape[3], shape[1], true)
    default: return nil
    }
    guard shape[0] > 0, sides.contains(height), sides.contains(width) else { return nil }
  }

  /// The values with the channels of a pixel together.
  func pixelByPixel(_ values: [UInt8]) -> [UInt8] {
    guard isPlanar, channels > 1 else { return values }
    let plane = height * width
    var pixels: [UInt8] = []
    pixels.reserveCapacity(values.count)
    for image in stride(from: 0, to: values.count, by: channels * plane) {
      for pixel in 0..<plane {
        for channel in 0..<channels { pixels.append(values[image + channel * plane + pixel]) }
      }
    }
    return pixels
  }
}

extension ImagesInMemory {
  /// Height, width and channels.
  fileprivate var size: Shape { [height, width, channels] }
}
