import Foundation
import Support
import TensorCore
import Testing

/// The examples of the documentation do what it says.
@Suite struct DocumentedExamplesTests {
  @Test(arguments: try Documentation.all.flatMap(\.examples))
  func exampleHolds(_ example: Example) throws {
    let printed = try example.run()
    #expect(
      example.allows(printed), "\(example.command)\nprinted:\n\(printed)\ndocumented:\n\(example.expected)")
  }

  @Test(arguments: try Documentation.all.flatMap(\.scripts).filter(\.isRun))
  func scriptRuns(_ script: Script) throws {
    let folder = try script.usesStandIns ? StandIns.folder() : nil
    let run = try CommandRun.shell("set -e\n\(folder.map { "cd '\($0.path)'\n" } ?? "")\(script.text)")
    #expect(run.status == 0, "\(script.text)\n\(run.errors)")
  }

  /// Examples that the parser does not find would pass as well: there are this many, and more.
  @Test func thePagesHaveExamples() throws {
    let counts = try Documentation.all.map { ($0.page, $0.examples.count, $0.scripts.count) }
    for (page, examples, scripts) in counts {
      #expect(examples >= ["CLI.md": 35, "README.md": 2][page, default: 0], "\(page)")
      #expect(scripts >= 1, "\(page)")
    }
  }

  /// Every subcommand that the binary knows has an example in CLI.md that is run.
  @Test func everyCommandHasAnExample() throws {
    let help = try CommandRun.cnnzoo("--help").output
    let list = try #require(help.components(separatedBy: "SUBCOMMANDS:\n").last)
    let commands = list.matches(of: #/(?m)^  ([a-z]+) /#).map { String($0.1) }
    #expect(commands.count >= 12, "\(help)")
    let examples = try Documentation("CLI.md").examples.map(\.command).joined(separator: "\n")
    for command in commands where command != "help" {
      #expect(examples.contains("cnnzoo \(command) "), "\(command)")
    }
  }

  /// Records what the examples print where that has changed.
  ///
  /// Recording fails, so that nobody does it by accident.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CNNZOO_RECORD"] != nil))
  func record() throws {
    for var documentation in try Documentation.all {
      for (index, example) in documentation.examples.enumerated() {
        let printed = try example.run()
        if !example.allows(printed) { documentation.replaceOutput(ofExample: index, with: printed) }
      }
      try documentation.write()
    }
    Issue.record("Recorded what the examples print: review the difference, and run without CNNZOO_RECORD")
  }
}

/// A command with the output that is documented for it.
struct Example: CustomTestStringConvertible {
  let command: String
  let expected: String

  var testDescription: String { command }

  /// What the command prints on both streams.
  func run() throws -> String { try CommandRun.shell("{ \(command)\n} 2>&1").output }

  /// Whether the documentation allows this output: equal, except that `…` stands for anything.
  func allows(_ printed: String) -> Bool {
    var rest = printed[...]
    let pieces = expected.components(separatedBy: "…")
    guard let first = pieces.first, let last = pieces.last, rest.hasPrefix(first) else { return false }
    if pieces.count == 1 { return printed == expected }
    rest = rest.dropFirst(first.count)
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = rest.range(of: piece) else { return false }
      rest = rest[found.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}

/// Commands without documented output, and the comment before them that says when they are run.
struct Script: CustomTestStringConvertible {
  let text: String
  let condition: String

  var testDescription: String { text }

  /// Whether it runs among small files with the names that it uses.
  var usesStandIns: Bool { condition == "<!-- run by the tests on stand-ins -->" }

  /// Whether the tests run it: unless a comment says why not, or what is missing.
  var isRun: Bool {
    if condition.hasPrefix("<!-- not run by the tests: ") { return false }
    if condition == "<!-- run by the tests if fashion-mnist is installed -->" {
      return FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist")
    }
    return true
  }
}

/// Small files under the names that scripts use.
enum StandIns {
  /// A folder with a data set like Fashion-MNIST, and a weight file.
  static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, count) in [("train", 256), ("t10k", 32)] {
      let noise = FormulaNoise(name: name)
      let pixels = (0..<count * 784).map { UInt8(60 + 60 * noise[$0]) }
      try folder.write(
        IDX.images(pixels, height: 28, width: 28), to: "fashion-mnist/\(name)-images-idx3-ubyte")
      try folder.write(
        IDX.labels((0..<count).map { UInt8($0 % 10) }), to: "fashion-mnist/\(name)-labels-idx1-ubyte")
    }
    try FileManager.default.copyItem(
      at: Repository.root.appending(path: "Tests/CLITests/Fixtures/layouts/plain.pth"),
      to: URL(filePath: folder.path("resnet50-11ad3fa6.pth")))
    return folder
  }
}

/// A page with its examples.
///
/// In blocks marked `console`, a line with `$` is a command, and the lines up to the next one are what it prints.
/// Blocks marked `sh` are scripts.
struct Documentation {
  private enum Part {
    case text(String)
    case example(Example)
  }

  let page: String
  private(set) var scripts: [Script] = []
  private var parts: [Part] = []

  /// The pages whose examples are run.
  static var all: [Documentation] {
    get throws { try ["CLI.md", "README.md", "CONTRIBUTING.md"].map { try Documentation($0) } }
  }

  var examples: [Example] {
    parts.compactMap { if case .example(let example) = $0 { example } else { nil } }
  }

  init(_ page: String) throws {
    self.page = page
    var block: String?
    var script: [Substring] = []
    var (last, condition) = ("", "")
    for line in try Repository.text(page).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    {
      if line.hasPrefix("```") {
        if block == "sh" {
          scripts.append(Script(text: script.joined(separator: "\n"), condition: condition))
        }
        block = block == nil ? String(line.dropFirst(3)) : nil
        (script, condition) = ([], last)
      } else if block == "sh" {
        script.append(line)
      }
      last = String(line)
      if block == "console", line.hasPrefix("$ ") {
        parts.append(.example(Example(command: String(line.dropFirst(2)), expected: "")))
      } else if block == "console", case .example(let example)? = parts.last {
        parts[parts.count - 1] = .example(
          Example(command: example.command, expected: example.expected + line + "\n"))
      } else {
        parts.append(.text("\(line)\n"))
      }
    }
  }

  mutating func replaceOutput(ofExample index: Int, with output: String) {
    let places = parts.indices.filter { if case .example = parts[$0] { true } else { false } }
    parts[places[index]] = .example(Example(command: examples[index].command, expected: output))
  }

  func write() throws {
    let text = parts.map { part in
      switch part {
      case .text(let text): text
      case .example(let example): "$ \(example.command)\n\(example.expected)"
      }
    }.joined()
    try text.write(to: Repository.root.appending(path: page), atomically: true, encoding: .utf8)
  }
}
