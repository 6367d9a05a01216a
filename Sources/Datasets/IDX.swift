import Files
import Inputs
import TensorCore

/// The files of MNIST and Fashion-MNIST: a magic number, the extents, then bytes.
enum IDX {
  /// Images: bytes with three axes.
  private static let imagesMagic: UInt32 = 0x0803
  /// Labels: bytes with one axis.
  private static let labelsMagic: UInt32 = 0x0801
  /// Accepted numbers of rows and columns.
  private static let sides = 1...4096
  /// Most values of a file, which are held in memory.
  private static let mostValues = 1 << 31

  /// Images and labels of the two files, each plain or gzipped; labels count from `firstLabel`.
  static func read(
    images: String, labels: String, classes: Int, firstLabel: Int = 0, isTransposed: Bool = false
  ) throws(DatasetError) -> ImagesInMemory {
    var file = try array(at: images, magic: imagesMagic, axes: 3)
    let extents = file.extents
    let (height, width) = (extents[1], extents[2])
    guard sides.contains(height), sides.contains(width) else {
      throw .wrongExtents(
        path: images, expected: "images from 1x1 to 4096x4096", found: "\(height)x\(width)")
    }
    if isTransposed {
      guard height == width else {
        throw .wrongExtents(path: images, expected: "square images", found: "\(height)x\(width)")
      }
      transpose(&file.values, side: height)
    }
    let (count, values) = try array(at: labels, magic: labelsMagic, axes: 1)
    guard count == [extents[0]] else {
      throw .wrongExtents(path: labels, expected: "\(extents[0]) labels", found: "\(count[0])")
    }
    if let index = values.firstIndex(where: { !(firstLabel..<firstLabel + classes ~= Int($0)) }) {
      throw .wrongLabel(path: labels, index: index, label: Int(values[index]), classes: classes)
    }
    return ImagesInMemory(
      height: height, width: width, channels: 1, pixels: file.values,
      labels: values.map { $0 - UInt8(firstLabel) })
  }

  /// Transposes square images in place.
  private static func transpose(_ pixels: inout [UInt8], side: Int) {
    for image in stride(from: 0, to: pixels.count, by: side * side) {
      for row in 0..<side {
        for column in 0..<row { pixels.swapAt(image + side * row + column, image + side * column + row) }
      }
    }
  }

  private static func array(
    at path: String, magic: UInt32, axes: Int
  ) throws(DatasetError) -> (extents: [Int], values: [UInt8]) {
    let header = 4 * (axes + 1)
    let start = try PossiblyCompressedFile.start(of: path, count: header)
    let words = (0...axes).compactMap { start.span.integer(at: 4 * $0, bytes: 4, bigEndian: true) }
    guard words.count == axes + 1 else {
      throw .wrongSize(path: path, expected: header, found: start.count)
    }
    guard words[0] == Int(magic) else {
      throw .wrongMagic(path: path, expected: magic, found: UInt32(words[0]))
    }
    let shape = Shape(Array(words[1...]))
    guard let count = shape.checkedCount, count > 0 else {
      throw .wrongExtents(path: path, expected: "at least one value", found: "\(shape)")
    }
    guard count <= mostValues else { throw .tooLarge(path: path, limit: mostValues) }
    var bytes: [UInt8]
    do throws(DatasetError) {
      bytes = try PossiblyCompressedFile.read(path: path, limit: header + count)
    } catch {
      guard case .tooLarge(let path, let limit) = error else { throw error }
      throw .longerThanStated(path: path, stated: limit)
    }
    guard bytes.count == header + count else {
      throw .wrongSize(path: path, expected: count, found: bytes.count - header)
    }
    // In place, so that the data set is in memory only once.
    bytes.removeFirst(header)
    return (shape.dimensions, bytes)
  }
}
