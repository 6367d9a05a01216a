import Foundation

/// A finished run of the built binary: what it printed and how it ended.
package struct CommandRun {
  /// Standard output.
  package let output: String
  /// Standard error.
  package let errors: String
  /// The exit status, or the signal that ended the process.
  package let status: Int32

  /// Runs `cnnzoo` with arguments, as if typed in the root of the repository.
  package static func cnnzoo(_ arguments: String..., environment: [String: String] = [:]) throws -> CommandRun
  {
    try cnnzoo(arguments, environment: environment)
  }

  /// Runs `cnnzoo` with arguments, as if typed in the root of the repository.
  package static func cnnzoo(_ arguments: [String], environment: [String: String] = [:]) throws -> CommandRun
  {
    try RunningCommand(program, arguments, environment: environment).result()
  }

  /// Runs a line of shell that finds `cnnzoo` first, as if typed in the root of the repository.
  package static func shell(_ line: String, environment: [String: String] = [:]) throws -> CommandRun {
    try RunningCommand("/bin/sh", ["-c", line], environment: environment).result()
  }

  /// The path of the built binary.
  package static let program = Repository.products.appending(path: "cnnzoo").path
}

/// A command that has been started.
package final class RunningCommand {
  private let process = Process()
  private let streams: TemporaryFolder

  /// Starts `cnnzoo` with arguments.
  package convenience init(cnnzoo arguments: [String]) throws { try self.init(CommandRun.program, arguments) }

  /// Starts a built program by its name.
  package convenience init(
    product: String, _ arguments: [String], environment: [String: String]
  ) throws {
    try self.init(Repository.products.appending(path: product).path, arguments, environment: environment)
  }

  /// Starts a line of shell that finds `cnnzoo` first, as if typed in the root of the repository.
  package convenience init(shell line: String, environment: [String: String]) throws {
    try self.init("/bin/sh", ["-c", line], environment: environment)
  }

  fileprivate init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws {
    streams = try TemporaryFolder()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.currentDirectoryURL = Repository.root
    // A locale with decimal commas, and a home without weights. Sanitizers have the options of the tests.
    let sanitizers = ProcessInfo.processInfo.environment.filter {
      $0.key == "ASAN_OPTIONS" || $0.key == "TSAN_OPTIONS"
    }
    process.environment = [
      "PATH": "\(Repository.products.path):/usr/bin:/bin", "HOME": "/nowhere", "LC_ALL": "de_DE.UTF-8",
    ].merging(sanitizers) { $1 }.merging(environment) { $1 }
    // Files, not pipes: nothing can fill up, and both streams are read to their end.
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: try streams.write("", to: "out"))
    process.standardError = FileHandle(forWritingAtPath: try streams.write("", to: "err"))
    // A thread of the tests may block signals, and a process inherits that: mpirun would not hear of one that ends.
    var (none, blocked) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &blocked)
    defer { pthread_sigmask(SIG_SETMASK, &blocked, nil) }
    try process.run()
  }

  /// Whether the command has not ended yet.
  package var isRunning: Bool { process.isRunning }

  /// Sends a signal.
  package func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end.
  package func result() throws -> CommandRun {
    process.waitUntilExit()
    return CommandRun(
      output: try String(contentsOfFile: streams.path("out"), encoding: .utf8),
      errors: try String(contentsOfFile: streams.path("err"), encoding: .utf8),
      status: process.terminationStatus)
  }
}
