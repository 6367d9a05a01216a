import Files
import TensorCore

/// An error in a weight file, or between a weight file and a network.
///
/// ``file(_:)`` says itself whether the file is missing or could not be read or written; all other cases are bad data.
///
/// WORKAROUND(6.3): `indirect`, here and on ``CheckpointDefect``, so that an error is one pointer. Typed
/// errors of more than four words arrive as garbage in optimized builds; costs one allocation a throw.
package indirect enum CheckpointError: Error, Hashable, Sendable {
  /// An error of the file system.
  case file(FileError)
  /// The bytes are not a weight file, or one that is damaged, hostile or not supported.
  case unusable(path: String, CheckpointDefect)
  /// An intact file whose tensors do not match the network.
  case mismatch(StateDictMismatch)
  /// Several sets of tensors could be meant; `model` is the network that all of them fit, if one was given.
  case ambiguous(path: String, model: String?, keys: [Label])
  /// The file has no set of tensors with this name.
  case noSuchKey(path: String, key: Label, keys: [Label])
  /// The source does not have a requested parameter, or has it in another size.
  case notHeld(source: String, parameter: Label)
  /// More than a file of this format can hold.
  case tooLargeToWrite(path: String, bytes: Int, limit: Int)
}

extension CheckpointError: CustomStringConvertible {
  /// One line: path, what, detail, what to do.
  package var description: String {
    switch self {
    case .file(let error): "\(error)"
    case .unusable(let path, let defect): "\(escaped(path)): \(defect)"
    case .mismatch(let mismatch): "\(mismatch)"
    case .ambiguous(let path, let model, let keys):
      "\(escaped(path)): holds several sets of tensors"
        + (model.map { " that fit \($0)" } ?? "") + ": \(quoted(keys)); choose one with --weights-key"
    case .noSuchKey(let path, let key, let keys):
      "\(escaped(path)): holds no tensors under '\(key)', but under \(quoted(keys))"
    case .notHeld(let source, let parameter): "\(escaped(source)): holds no tensor for \(parameter)"
    case .tooLargeToWrite(let path, let bytes, let limit):
      "\(escaped(path)): \(bytes) bytes of tensors, and a file of this format holds \(limit): write .safetensors"
    }
  }
}

/// A name from a file, for use in a message: escaped, and not too long.
package struct Label: Hashable, Sendable, CustomStringConvertible {
  private static let limit = 120

  /// The text, or its beginning if it is very long.
  package let description: String

  /// A label from a name with any content.
  package init(_ name: String) {
    let beginning = name.unicodeScalars.prefix(Label.limit)
    let isCut = beginning.endIndex != name.unicodeScalars.endIndex
    description = escaped(String(beginning)) + (isCut ? "…" : "")
  }
}

/// `'a', 'b'`: names as messages list them, the first of many.
private func quoted(_ labels: [Label]) -> String {
  let shown = 8
  let more = labels.count > shown ? " and \(labels.count - shown) more" : ""
  return labels.prefix(shown).map { "'\($0)'" }.joined(separator: ", ") + more
}

/// `[64, 3, 7, 7]`: a shape as messages show it.
func bracketed(_ shape: Shape) -> String {
  "[" + shape.dimensions.map(String.init).joined(separator: ", ") + "]"
}
