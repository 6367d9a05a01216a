import Foundation
import Glibc

/// A folder for one test, removed with everything in it when its owner goes.
package final class TemporaryFolder {
  /// The folder itself.
  package let path: String

  /// Creates an empty folder.
  package init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "cnnzoo-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { TemporaryFolder.remove(Array(path.utf8CString)) }

  /// The path of an entry, whether it exists or not.
  package func path(_ name: String) -> String { path + "/" + name }

  /// Creates a folder in this one, with those above it, and returns its path.
  @discardableResult
  package func makeFolder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    return path(name)
  }

  /// Writes a file, in folders that are created as needed, and returns its path.
  @discardableResult
  package func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    let file = path(name)
    try FileManager.default.createDirectory(
      atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(filePath: file))
    return file
  }

  /// Writes a text file, in folders that are created as needed, and returns its path.
  @discardableResult
  package func write(_ text: String, to name: String) throws -> String { try write(text.utf8, to: name) }

  /// Removes a file or a whole folder.
  ///
  /// `FileManager` cannot: it reads names as UTF-8, and some tests create names that are not.
  private static func remove(_ path: [CChar]) {
    guard unlink(path) != 0, let stream = opendir(path) else { return }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        raw.prefix { $0 != 0 }.map { CChar(bitPattern: $0) }
      }
      let dot = CChar(bitPattern: UInt8(ascii: "."))
      if name != [dot] && name != [dot, dot] {
        remove(path.dropLast() + [CChar(bitPattern: UInt8(ascii: "/"))] + name + [0])
      }
    }
    closedir(stream)
    rmdir(path)
  }
}
