/// An error of the file system.
package enum FileError: Error, Hashable, Sendable {
  /// Nothing exists at this path.
  case notFound(path: String)
  /// A folder, pipe or device: it has no size that claims in its content could be checked against.
  case notRegular(path: String)
  /// The system refused to open it.
  case unreadable(path: String, errno: Int32)
  /// Reading failed after it was opened.
  case readFailed(path: String, errno: Int32)
  /// The entries of a folder cannot be read.
  case unlistable(path: String, errno: Int32)
  /// What is read of it does not fit into the memory that this process may take.
  case outOfMemory(path: String, bytes: Int)
  /// The file shrank while it was being read.
  case cutShort(path: String, offset: Int, expected: Int, found: Int)
  /// An output could not be created.
  case cannotCreate(path: String, errno: Int32)
  /// An output could not be written completely.
  case writeFailed(path: String, errno: Int32)
}

extension FileError: CustomStringConvertible {
  /// One line: path, what happened, detail.
  package var description: String {
    switch self {
    case .notFound(let path):
      "\(escaped(path)): no such file"
    case .notRegular(let path):
      "\(escaped(path)): not a regular file: give a file, not a folder, pipe or device"
    case .unreadable(let path, let code), .readFailed(let path, let code):
      "\(escaped(path)): cannot be read: \(systemMessage(code))"
    case .unlistable(let path, let code):
      "\(escaped(path)): the folder cannot be listed: \(systemMessage(code))"
    case .outOfMemory(let path, let bytes):
      "\(escaped(path)): \(bytes) bytes do not fit into the memory that is left"
    case .cutShort(let path, let offset, let expected, let found):
      "\(escaped(path)): cut short: \(expected) bytes expected at offset \(offset), \(found) found"
    case .cannotCreate(let path, let code):
      "\(escaped(path)): cannot be created: \(systemMessage(code))"
    case .writeFailed(let path, let code):
      "\(escaped(path)): cannot be written: \(systemMessage(code))"
    }
  }
}
