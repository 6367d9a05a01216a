import Files
import TensorCore

/// A tensor file with inputs that need no preparation.
enum PreparedBatch {
  /// Holds the shape of the file at `path`, `[N, C, H, W]`, against what `model` takes.
  ///
  /// Height and width are the file's own, unless the command line has fixed them. Throws ``DataError`` for a
  /// shape that does not fit.
  static func check(_ found: Shape, of path: String, for model: Model, isSizeFixed: Bool) throws(DataError) {
    let expected = model.image
    let fits =
      found.rank == 4 && found[0] > 0 && found[1] == expected[0]
      && (!isSizeFixed || (found[2], found[3]) == (expected[1], expected[2]))
    guard fits, Limits.side.contains(found[2]), Limits.side.contains(found[3]) else {
      let size = isSizeFixed ? ["\(expected[1])", "\(expected[2])"] : ["H", "W"]
      throw DataError(
        "\(escaped(path)): its shape is [\(found.dimensions.map(String.init).joined(separator: ", "))],"
          + " \(model.name) takes [\((["N", "\(expected[0])"] + size).joined(separator: ", "))]")
    }
  }
}
