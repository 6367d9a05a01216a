import Foundation

/// The files in the folder `Fixtures` of a test target; the scripts in `scripts/golden` write them.
package enum Fixtures {
  /// The path of a fixture of the calling test.
  package static func path(_ name: String, test: String = #filePath) -> String {
    URL(filePath: test).deletingLastPathComponent().appending(path: "Fixtures").path + "/" + name
  }

  /// The bytes of a fixture.
  package static func bytes(_ name: String, test: String = #filePath) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path(name, test: test))))
  }

  /// The words of each line of a text fixture; lines that begin with `#` are comments.
  package static func table(_ name: String, test: String = #filePath) throws -> [[String]] {
    String(decoding: try bytes(name, test: test), as: UTF8.self).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: " ").map(String.init) }
  }

  /// A JSON fixture.
  package static func json<Value: Decodable>(
    _ type: Value.Type, _ name: String, test: String = #filePath
  ) throws -> Value {
    try JSONDecoder().decode(type, from: Data(try bytes(name, test: test)))
  }
}
