import Files
import TensorCore

/// What can go wrong between a weight file and a network.
///
/// ``file(_:)`` says for itself whether the input is missing or could not be read or written; all
/// other cases are bad data.
///
/// WORKAROUND(6.3): `indirect`, here and on ``CheckpointDefect``, so that an error is one pointer. Typed
/// errors of more than four words arrive as garbage in optimized builds; costs one allocation a throw.
package indirect enum CheckpointError: Error, Hashable, Sendable {
  /// The file system refused.
  case file(FileError)
  /// The bytes are no weight file, or one that is damaged, hostile or of a kind not read here.
  case unusable(path: String, CheckpointDefect)
  /// A whole, sound file whose tensors are not those of the network.
  case mismatch(StateDictMismatch)
  /// A parameter was asked for that the source does not hold, or holds in another size.
  case notHeld(source: String, parameter: Label)
}

extension CheckpointError: CustomStringConvertible {
  /// One line: path, what, detail, what to do.
  package var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .unusable(let path, let defect): "\(escaped(path)): \(defect)"
    case .mismatch(let mismatch): "\(mismatch)"
    case .notHeld(let source, let parameter): "\(escaped(source)): holds no tensor for \(parameter)"
    }
  }
}

/// A name out of a file, as it may stand in a message: escaped, and short.
package struct Label: Hashable, Sendable, CustomStringConvertible {
  private static let limit = 120

  /// The text in full, or its beginning where it is very long.
  package let description: String

  /// A label from a name that may hold anything.
  package init(_ name: String) {
    let beginning = name.unicodeScalars.prefix(Label.limit)
    let isCut = beginning.endIndex != name.unicodeScalars.endIndex
    description = escaped(String(beginning)) + (isCut ? "…" : "")
  }
}

/// `[64, 3, 7, 7]`: a shape as messages show it.
func bracketed(_ shape: Shape) -> String {
  "[" + shape.dimensions.map(String.init).joined(separator: ", ") + "]"
}
