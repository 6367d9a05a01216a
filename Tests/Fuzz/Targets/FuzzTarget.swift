import Support

/// A parser of files from outside that can be given any bytes.
package struct FuzzTarget: Sendable {
  /// Its name, which is also that of its folder in `Tests/Fuzz/Corpus`.
  package let name: String
  /// The longest input worth trying: room for every construct of the format, at thousands of inputs a second.
  package let longest: Int
  private let body: @Sendable ([UInt8]) throws -> Void

  init(_ name: String, longest: Int, _ body: @escaping @Sendable ([UInt8]) throws -> Void) {
    self.name = name
    self.longest = longest
    self.body = body
  }

  /// Parses `bytes`.
  ///
  /// Ends the process where the parser breaks a promise.
  package func run(_ bytes: [UInt8]) { FuzzTarget.attempt { try body(bytes) } }

  /// Calls `body`, which may throw: an error is as good as a result, but its message has to be one short line.
  static func attempt(_ body: () throws -> Void) {
    do { try body() } catch {
      let message = "\(error)"
      precondition(
        !message.isEmpty && message.utf8.count <= 1 << 14, "length of a message: \(message.utf8.count)")
      precondition(message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }, message)
    }
  }

  /// Calls `body` with an empty folder.
  static func inFolder(_ body: (TemporaryFolder) throws -> Void) throws {
    let folder = try TemporaryFolder()
    // Without this, it may be removed after its last use, before a file in it is opened.
    defer { withExtendedLifetime(folder) {} }
    try body(folder)
  }

  /// All targets.
  package static let all: [FuzzTarget] = images + weights + datasets + texts

  /// The target with this name.
  package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
