import Foundation

/// One run of the built binary: what it printed and how it ended.
struct CommandRun {
  let output: String
  let errors: String
  let status: Int32

  /// The root of the repository, where every command runs.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The folder of the binary: the tests are built beside it.
  static let binaryFolder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent()

  /// Runs `cnnzoo` with arguments.
  static func cnnzoo(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) throws -> CommandRun {
    try run(
      binaryFolder.appending(path: "cnnzoo").path, arguments, input: input, environment: environment)
  }

  /// Runs a line in a shell that finds `cnnzoo` first.
  static func shell(_ line: String) throws -> CommandRun {
    try run("/bin/sh", ["-c", line], input: "", environment: [:])
  }

  private static func run(
    _ program: String, _ arguments: [String], input: String, environment: [String: String]
  ) throws -> CommandRun {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = root
    process.environment = [
      "PATH": "\(binaryFolder.path):/usr/bin:/bin", "HOME": "/nowhere", "LC_ALL": "de_DE.UTF-8",
    ].merging(environment) { $1 }
    let folder = try TemporaryFolder()
    for name in ["in", "out", "err"] { try folder.write("", to: name) }
    try folder.write(input, to: "in")
    // Files, not pipes: nothing can fill up, and both streams are read to their end.
    let (input, output, errors) = (folder.path("in"), folder.path("out"), folder.path("err"))
    process.standardInput = FileHandle(forReadingAtPath: input)
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: errors)
    try process.run()
    process.waitUntilExit()
    return CommandRun(
      output: try String(contentsOfFile: output, encoding: .utf8),
      errors: try String(contentsOfFile: errors, encoding: .utf8), status: process.terminationStatus)
  }
}

/// A folder that is gone when its owner is.
final class TemporaryFolder {
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "cnnzoo-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// The path of a file in the folder.
  func path(_ name: String) -> String { url.appending(path: name).path }

  /// Writes text as a file of the folder, and returns its path.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try write(Data(text.utf8), to: name)
  }

  /// Writes bytes as a file of the folder, and returns its path.
  @discardableResult
  func write(_ bytes: Data, to name: String) throws -> String {
    try bytes.write(to: url.appending(path: name))
    return path(name)
  }
}
