import Foundation
import Support
import Testing

/// The examples of CLI.md do what it says.
@Suite struct DocumentedExamplesTests {
  @Test(arguments: Documentation.read().examples)
  func exampleHolds(_ example: Example) throws {
    let printed = try example.run()
    #expect(
      example.allows(printed), "\(example.command)\nprinted:\n\(printed)\ndocumented:\n\(example.expected)")
  }

  /// Fills in what the examples print, where it does not hold; a run that does so fails, so that no record is
  /// taken by accident.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CNNZOO_RECORD"] != nil))
  func record() throws {
    var documentation = Documentation.read()
    for (index, example) in documentation.examples.enumerated() {
      let printed = try example.run()
      if !example.allows(printed) { documentation.replaceOutput(ofExample: index, with: printed) }
    }
    try documentation.write()
    Issue.record("CLI.md was recorded: look at the difference, and run without CNNZOO_RECORD")
  }
}

/// A command with the output that is documented for it.
struct Example: CustomTestStringConvertible {
  let command: String
  let expected: String

  var testDescription: String { command }

  /// What the command prints, on both streams.
  func run() throws -> String { try CommandRun.shell("{ \(command)\n} 2>&1").output }

  /// Whether the documentation allows this output: equal but for `…`, which stands for anything.
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

/// CLI.md with its examples: in blocks marked `console`, a line with `$` is a command, the lines up to the next one are
/// what it prints.
struct Documentation {
  private enum Part {
    case text(String)
    case example(Example)
  }

  private var parts: [Part] = []
  private static let url = Repository.root.appending(path: "CLI.md")

  var examples: [Example] {
    parts.compactMap { if case .example(let example) = $0 { example } else { nil } }
  }

  static func read() -> Documentation {
    var documentation = Documentation()
    var isInside = false
    let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      if line.hasPrefix("```") {
        isInside = line == "```console"
        documentation.parts.append(.text("\(line)\n"))
      } else if isInside, line.hasPrefix("$ ") {
        documentation.parts.append(.example(Example(command: String(line.dropFirst(2)), expected: "")))
      } else if isInside, case .example(let example)? = documentation.parts.last {
        documentation.parts[documentation.parts.count - 1] = .example(
          Example(command: example.command, expected: example.expected + line + "\n"))
      } else {
        documentation.parts.append(.text("\(line)\n"))
      }
    }
    return documentation
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
    try text.write(to: Self.url, atomically: true, encoding: .utf8)
  }
}
