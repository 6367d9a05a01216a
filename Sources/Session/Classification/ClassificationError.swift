import Files
import Inputs

/// Why an input has no classes.
package enum ClassificationError: Error, Hashable, Sendable {
  /// The image cannot be read.
  case image(InputError)
  /// A logit is not a finite number.
  case notFinite(path: String, output: Int)
}

extension ClassificationError: CustomStringConvertible {
  /// One line: where, what.
  package var description: String {
    switch self {
    case .image(let error): error.description
    case .notFinite(let path, let output):
      "\(escaped(path)): the network's output for class \(output) is not a finite number"
    }
  }
}

extension [Float] {
  /// These logits, if all are finite.
  ///
  /// Throws ``ClassificationError/notFinite(path:output:)``.
  func checked(for path: String) throws(ClassificationError) -> [Float] {
    if let output = firstIndex(where: { !$0.isFinite }) { throw .notFinite(path: path, output: output) }
    return self
  }
}
