import Foundation
import Support
import TensorCore
import Testing

/// The examples of the documentation do what it says.
@Suite struct DocumentedExamplesTests {
  @Test(arguments: try Documentation.all.flatMap(\.examples).filter(\.condition.isMet))
  func exampleHolds(_ example: Example) throws {
    let printed = try example.run()
    #expect(
      example.allows(printed), "\(example.command)\nprinted:\n\(printed)\ndocumented:\n\(example.expected)")
  }

  @Test(arguments: try Documentation.all.flatMap(\.scripts).filter(\.condition.isMet))
  func scriptRuns(_ script: Script) throws {
    let run = try script.condition.shell("set -e\n\(script.text)")
    #expect(run.status == 0, "\(script.text)\n\(run.errors)")
  }

  /// Examples that the parser does not find would pass as well: there are this many, and more.
  @Test func thePagesHaveExamples() throws {
    let counts = try Documentation.all.map { ($0.page, $0.examples.count, $0.scripts.count) }
    for (page, examples, scripts) in counts {
      #expect(examples >= ["CLI.md": 35, "README.md": 4][page, default: 0], "\(page)")
      let isProse = ["docs/architecture.md", "docs/glossary.md", "docs/tutorials/README.md"].contains(page)
      #expect(examples + scripts >= 1 || isProse, "\(page)")
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
      for (index, example) in documentation.examples.enumerated() where example.condition.isMet {
        let printed = try example.run()
        if !example.allows(printed) { documentation.replaceOutput(ofExample: index, with: printed) }
      }
      try documentation.write()
    }
    Issue.record("Recorded what the examples print: review the difference, and run without CNNZOO_RECORD")
  }
}

/// When and where the examples of a block are run, as the comment before it says.
enum Condition: Equatable {
  /// In the root of the repository.
  case always
  /// Not at all, for the reason in the comment.
  case never
  /// Among small files under the names that they use.
  case onStandIns
  /// With the data set of Debian's package.
  case withFashionMNIST
  /// With the weights that `scripts/test` fetches.
  case withPublishedWeights

  private static let publishedWeights = Repository.path(".build/real-weights/weights")

  /// Throws for a comment that nobody would notice to be misspelled.
  init(comment: String) throws {
    switch comment {
    case _ where comment.hasPrefix("<!-- not run by the tests: "): self = .never
    case "<!-- run by the tests on stand-ins -->": self = .onStandIns
    case "<!-- run by the tests if fashion-mnist is installed -->": self = .withFashionMNIST
    case "<!-- run by the tests with published weights -->": self = .withPublishedWeights
    case _ where comment.hasPrefix("<!-- ") && comment.contains("run by the tests"):
      throw CocoaError(.formatting, userInfo: [NSDebugDescriptionErrorKey: comment])
    default: self = .always
    }
  }

  /// Whether what they need is there.
  var isMet: Bool {
    let needed: String? =
      switch self {
      case .always, .onStandIns: nil
      case .never: "/nowhere"
      case .withFashionMNIST: "/usr/share/datasets/fashion-mnist"
      case .withPublishedWeights: "\(Self.publishedWeights)/efficientnet-lite2-9656183e.pth"
      }
    return needed.map(FileManager.default.fileExists(atPath:)) ?? true
  }

  /// Runs lines of shell where they belong.
  func shell(_ lines: String) throws -> CommandRun {
    switch self {
    case .onStandIns:
      let folder = try StandIns.folder()
      return try CommandRun.shell("cd '\(folder.path)'\n\(lines)")
    case .withPublishedWeights:
      return try CommandRun.shell(lines, environment: ["CNNZOO_HOME": Self.publishedWeights])
    case .always, .never, .withFashionMNIST: return try CommandRun.shell(lines)
    }
  }
}

/// A command with the output that is documented for it.
struct Example: CustomTestStringConvertible {
  let command: String
  let condition: Condition
  var expected = ""

  var testDescription: String { command }

  /// What the command prints on both streams.
  func run() throws -> String { try condition.shell("{ \(command)\n} 2>&1").output }

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

/// Commands without documented output.
struct Script: CustomTestStringConvertible {
  let text: String
  let condition: Condition

  var testDescription: String { text }
}

/// Small files under the names that scripts use.
enum StandIns {
  /// A folder with a data set like Fashion-MNIST, a folder of images in three classes, and weight files.
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
    let embedded = "Models/LeNet/Weights/lenet5_modern/lenet5_modern.safetensors"
    try FileManager.default.copyItem(
      at: Repository.root.appending(path: embedded),
      to: URL(filePath: folder.path("lenet5_modern.safetensors")))
    for (split, count) in [("train", 8), ("val", 2)] {
      for name in ["Bag", "Coat", "Sneaker"] {
        for index in 0..<count {
          let noise = FormulaNoise(name: "\(split) \(name) \(index)")
          let pixels = (0..<784).map { UInt8(120 + 60 * noise[$0]) }
          try folder.write(
            Array("P5 28 28 255\n".utf8) + pixels, to: "garments/\(split)/\(name)/\(index).pgm")
        }
      }
    }
    try folder.write((0..<10).map { "garment \($0)\n" }.joined(), to: "names.txt")
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
    get throws {
      let pages = try ["docs", "docs/tutorials", "docs/zoo"].flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: Repository.path(folder)).sorted()
          .filter { $0.hasSuffix(".md") }.map { "\(folder)/\($0)" }
      }
      return try (["CLI.md", "README.md", "CONTRIBUTING.md"] + pages).map { try Documentation($0) }
    }
  }

  var examples: [Example] {
    parts.compactMap { if case .example(let example) = $0 { example } else { nil } }
  }

  init(_ page: String) throws {
    self.page = page
    var block: String?
    var script: [Substring] = []
    var last = ""
    var condition = Condition.always
    for line in try Repository.text(page).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    {
      if line.hasPrefix("```") {
        if block == "sh" {
          scripts.append(Script(text: script.joined(separator: "\n"), condition: condition))
        }
        block = block == nil ? String(line.dropFirst(3)) : nil
        (script, condition) = ([], try Condition(comment: last))
      } else if block == "sh" {
        script.append(line)
      }
      last = String(line)
      if block == "console", line.hasPrefix("$ ") {
        parts.append(.example(Example(command: String(line.dropFirst(2)), condition: condition)))
      } else if block == "console", case .example(var example)? = parts.last {
        example.expected += line + "\n"
        parts[parts.count - 1] = .example(example)
      } else {
        parts.append(.text("\(line)\n"))
      }
    }
  }

  mutating func replaceOutput(ofExample index: Int, with output: String) {
    let places = parts.indices.filter { if case .example = parts[$0] { true } else { false } }
    var example = examples[index]
    example.expected = output
    parts[places[index]] = .example(example)
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
