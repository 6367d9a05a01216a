import Files
import TensorCore
import Weights

/// A tensor file with inputs that need no preparation.
enum PreparedBatch {
  /// Reads `[N, C, H, W]` and holds it against what `model` takes.
  ///
  /// Height and width are the file's own, unless the command line has fixed them. Throws ``CheckpointError`` for
  /// a file that cannot be read, and ``DataError`` for a shape that does not fit.
  static func read(
    path: String, for model: Model, isSizeFixed: Bool
  ) throws -> (shape: Shape, values: [Float]) {
    let array = try NumPyFile.read(path: path)
    let expected = model.picture
    let found = array.shape
    let fits =
      found.rank == 4 && found[0] > 0 && found[1] == expected[0]
      && (!isSizeFixed || (found[2], found[3]) == (expected[1], expected[2]))
    guard fits, Limits.side.contains(found[2]), Limits.side.contains(found[3]) else {
      let size = isSizeFixed ? ["\(expected[1])", "\(expected[2])"] : ["H", "W"]
      throw DataError(
        "\(escaped(path)): its shape is [\(found.dimensions.map(String.init).joined(separator: ", "))],"
          + " \(model.name) takes [\((["N", "\(expected[0])"] + size).joined(separator: ", "))]")
    }
    return array
  }
}
