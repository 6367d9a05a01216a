import Foundation

/// The checkout that the tests were built from.
package enum Repository {
  /// Its root folder.
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder of the built programs: `cnnzoo` lies beside the tests.
  package static let products = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// The full path of a file, given relative to the root.
  package static func path(_ relative: String) -> String { root.appending(path: relative).path }

  /// The text of a file, given relative to the root.
  package static func text(_ relative: String) throws -> String {
    try String(contentsOf: root.appending(path: relative), encoding: .utf8)
  }
}
