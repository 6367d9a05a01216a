import ArgumentParser
import Session

/// The option `--labels`.
struct LabelOption: ParsableArguments {
  @Option(
    help: .init(
      "File with class names: one per line, or a JSON or Python list or dictionary.", valueName: "file"))
  var labels: String?

  /// The names in the file that is given, or those that are known of the weights.
  ///
  /// Throws what is wrong with the file.
  func list(for bound: BoundNetwork) throws -> LabelList {
    if let labels { return try LabelList(path: labels, classes: bound.network.classes) }
    return LabelList(for: bound.weights, of: bound.network)
  }
}
