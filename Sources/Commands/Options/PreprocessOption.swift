import ArgumentParser
import Inputs
import Session

/// Changes to how images are prepared.
struct PreprocessOption: ParsableArguments {
  @Option(
    help: .init(
      """
      Prepare images otherwise than the weights ask for: resize=PIXELS, interpolation=bilinear|bicubic, mean=X[,X,X], \
      std=X[,X,X] or conversion=none|fashion-mnist; may be repeated. The crop is the --input-size.
      """, valueName: "key=value"))
  var preprocess: [String] = []

  func validate() throws {
    do { _ = try parsed() } catch { throw ValidationError("--preprocess: \(error)") }
  }

  /// The changes; `others` if none are asked for.
  ///
  /// Throws ``PreprocessingError``.
  func parsed(or others: [String] = []) throws(PreprocessingError) -> PreprocessingChanges {
    var changes = PreprocessingChanges()
    for text in preprocess.isEmpty ? others : preprocess { try changes.add(text) }
    return changes
  }

  /// Prepares images for a network with these changes; says on standard error what is assumed about its weights.
  ///
  /// Throws ``SessionError`` and ``PreprocessingError``.
  func preprocessor(for bound: BoundNetwork) throws -> Preprocessor {
    let changes = try parsed()
    let preprocessor = try bound.network.preprocessor(for: bound.weights, changes: changes)
    noteAssumptions(about: bound.weights, of: bound.network, preprocessor.description, changes: changes)
    return preprocessor
  }
}
