import Files
import TensorCore

/// The binary files of CIFAR-10 and CIFAR-100: records of labels and 3 × 32 × 32 bytes, plane by plane.
enum CIFAR {
  private static let side = 32
  private static let plane = side * side

  /// Reads the records of all `paths` in order.
  ///
  /// CIFAR-100 has a coarse label before the fine one: there, `labelBytes` is 2, and the last label is used.
  static func read(_ paths: [String], labelBytes: Int, classes: Int) throws(DatasetError) -> ImagesInMemory {
    var (pixels, labels): ([UInt8], [UInt8]) = ([], [])
    let record = labelBytes + 3 * plane
    for path in paths {
      let bytes = try PossiblyCompressedFile.read(path: path)
      guard !bytes.isEmpty, bytes.count % record == 0 else {
        throw .wrongSize(
          path: path, expected: max(1, (bytes.count + record - 1) / record) * record, found: bytes.count)
      }
      // The old pixels are copied while they grow.
      guard AvailableMemory.holds(pixels.count + bytes.count) else {
        throw .file(.outOfMemory(path: path, bytes: pixels.count + bytes.count))
      }
      pixels.reserveCapacity(pixels.count + bytes.count)
      for start in stride(from: 0, to: bytes.count, by: record) {
        let label = bytes[start + labelBytes - 1]
        guard Int(label) < classes else {
          throw .wrongLabel(path: path, index: start / record, label: Int(label), classes: classes)
        }
        labels.append(label)
        let first = start + labelBytes
        for pixel in first..<first + plane {
          pixels.append(bytes[pixel])
          pixels.append(bytes[pixel + plane])
          pixels.append(bytes[pixel + 2 * plane])
        }
      }
    }
    return ImagesInMemory(height: side, width: side, channels: 3, pixels: pixels, labels: labels)
  }
}
