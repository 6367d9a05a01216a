import Foundation

/// A program in a terminal of its own, which a test types into and looks at: tmux keeps the screen.
package final class Terminal {
  private let socket: String

  /// Whether the system has tmux, and a program to run in it.
  package static func canRun(_ program: String) -> Bool {
    ["tmux", program].allSatisfy { FileManager.default.isExecutableFile(atPath: "/usr/bin/\($0)") }
  }

  /// Starts a shell command in `folder`, which is its home too; built programs are found first.
  package init(_ command: String, in folder: TemporaryFolder) throws {
    socket = folder.path("tmux")
    let environment =
      "env -i HOME='\(folder.path)' PATH='\(Repository.products.path)':/usr/bin:/bin TERM=screen LC_ALL=C.UTF-8"
    try start("-f /dev/null new-session -d -x 110 -y 40 -c '\(folder.path)' \"\(environment) \(command)\"")
  }

  deinit { _ = try? CommandRun.shell("tmux -S '\(socket)' kill-server") }

  /// Types text as it is.
  package func type(_ text: String) throws {
    try tmux("send-keys -l -- '\(text.replacing("'", with: #"'\''"#))'")
  }

  /// Presses a key, by tmux's name for it: `Tab`, `Enter`, `C-c`.
  package func press(_ key: String) throws { try tmux("send-keys \(key)") }

  /// What is on the screen, without empty lines and blanks at the ends of lines.
  package var screen: String {
    get throws {
      try tmux("capture-pane -p").split(separator: "\n").map { $0.replacing(/\s+$/, with: "") }
        .filter { !$0.isEmpty }.joined(separator: "\n")
    }
  }

  /// Waits until the screen holds what is expected, and returns whether it ever does.
  package func shows(_ isExpected: (String) -> Bool) throws -> Bool {
    // A shell answers in a tenth of a second; a loaded machine gets half a minute.
    for _ in 0..<300 {
      if isExpected(try screen) { return true }
      usleep(100_000)
    }
    return false
  }

  @discardableResult
  private func tmux(_ arguments: String) throws -> String {
    let run = try CommandRun.shell("tmux -S '\(socket)' \(arguments)", environment: ["LC_ALL": "C.UTF-8"])
    guard run.status == 0 else { throw Failure(description: "tmux \(arguments): \(run.errors)") }
    return run.output
  }

  /// Starts tmux's server, which outlives the process that starts it.
  ///
  /// `Process` takes a program for running as long as anybody holds the files that it was started with.
  private func start(_ arguments: String) throws {
    let close = "for file in /proc/$$/fd/*; do n=${file##*/}; [ $n -le 2 ] || eval \"exec $n>&-\"; done"
    let line = "\(close); exec tmux -S '\(socket)' \(arguments)"
    let run = try CommandRun.shell(
      "exec bash -c '\(line.replacing("'", with: #"'\''"#))' >/dev/null", environment: ["LC_ALL": "C.UTF-8"])
    guard run.status == 0 else { throw Failure(description: "tmux: \(run.errors)") }
  }

  /// tmux does not do what it is asked to.
  private struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
