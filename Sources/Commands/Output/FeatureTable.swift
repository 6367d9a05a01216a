import Files
import Session
import TensorCore
import Weights

/// The features of images, row by row.
struct FeatureTable {
  private static let largest = 1 << 32

  /// The paths of the images that did not fail.
  private(set) var paths: [String] = []
  private var values: [Float] = []
  private let shape: Shape
  private var firstFailure: ExitStatus?

  /// A table for features of `shape` for each image.
  init(shape: Shape) { self.shape = shape }

  /// The exit status, if an image has failed.
  var status: ExitStatus? { firstFailure.map { paths.isEmpty ? $0 : .partial } }

  /// The features of an image.
  subscript(index: Int) -> ArraySlice<Float> { values[index * shape.count..<(index + 1) * shape.count] }

  /// Adds an image, or says what is wrong with it.
  ///
  /// Throws ``UsageError`` where there are too many to keep.
  mutating func add(_ row: Result<[Float], ClassificationError>, of path: String) throws {
    switch row {
    case .success(let row):
      paths.append(path)
      values += row
    case .failure(let error):
      note("\(error)")
      firstFailure = firstFailure ?? ExitStatus(of: error)
    }
    guard values.count <= Self.largest / MemoryLayout<Float>.stride else {
      throw UsageError("more than 4 GiB of features: give fewer images, or use --pool")
    }
  }

  /// Writes all rows, `[N, …]`, or as CSV with the path in the first column, unless every image has failed.
  ///
  /// Throws ``FileError``.
  func write(to path: String) throws(FileError) {
    if paths.isEmpty { return }
    if path.hasSuffix(".npy") {
      return try NumPyFile.write(values, shape: Shape([paths.count] + shape.dimensions), to: path)
    }
    var text = Table.csvLine(["path"] + (0..<shape.count).map(String.init))
    for (index, path) in paths.enumerated() { text += Table.csvLine([path] + self[index].map { "\($0)" }) }
    try AtomicFile.write(Array(text.utf8), to: path)
  }
}
