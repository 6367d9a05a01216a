import Glibc

/// A path as the system sees it: bytes in no particular encoding.
///
/// A file whose name is not UTF-8 cannot be opened through a `String`, which would have replacement characters
/// instead of those bytes.
package struct FilePath: Hashable, Sendable {
  /// The path, without the terminating zero.
  package let bytes: [UInt8]

  /// A path from its bytes; none of them may be zero, since the system would see a shorter path.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// A path from text, as given on the command line.
  package init(_ text: String) { bytes = Array(text.utf8) }

  /// The path for messages and reports, with replacement characters for bytes that are not UTF-8.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Calls `body` with the zero-terminated path.
  package func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let terminated = bytes.map { CChar(bitPattern: $0) } + [0]
    return unsafe terminated.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { preconditionFailure("a terminated path is never empty") }
      return unsafe body(base)
    }
  }
}

extension FilePath {
  /// The absolute path without links, `.` and `..` of what `path` names; `nil` if there is no such thing.
  package static func canonical(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }

  /// The entry `name` of this folder.
  package func appending(_ name: [UInt8]) -> FilePath {
    let slash = UInt8(ascii: "/")
    return FilePath(bytes: bytes.last == slash ? bytes + name : bytes + [slash] + name)
  }
}
