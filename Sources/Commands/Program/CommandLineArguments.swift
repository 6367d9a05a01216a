import ArgumentParser
import GraphIR

/// The words of the command line, before the parser gives them a meaning.
struct CommandLineArguments {
  /// Those that this program was started with.
  static let current = CommandLineArguments(Array(CommandLine.arguments.dropFirst()))

  private let words: [String]

  /// `words` are the arguments without the program's name.
  init(_ words: [String]) { self.words = words }

  /// The words that are options or their values: those before `--`.
  private var parsed: ArraySlice<String> { words.prefix { $0 != "--" } }

  /// The options that are given, without values: `--threads` for `--threads=2`.
  ///
  /// A parsed value cannot tell whether it was given or is the default.
  var options: Set<String> {
    Set(parsed.filter { $0.hasPrefix("-") }.map { String($0.prefix { $0 != "=" }) })
  }

  /// The subcommand, if the first word can be one.
  var command: String? { words.first.flatMap { $0.hasPrefix("-") ? nil : $0 } }

  /// Throws a ``ValidationError`` for what the parser would take for something else.
  ///
  /// It reads one dash and several letters as flags of one letter each, and so answers `-weights` with the help that
  /// its `h` stands for. It ignores `--version` before a subcommand, and a word behind `help` that is none of the
  /// `commands`; of such a word in their place it says only that it is unexpected.
  func check(commands: [String]) throws {
    if words.count > 1 && words.first == "--version" {
      throw ValidationError("--version is given alone, not with '\(words[1])'")
    }
    if let command, !(commands + ["help"]).contains(command) { throw unknown(command, of: commands) }
    if words.count > 1, words[0] == "help", !words[1].hasPrefix("-"),
      !(commands + ["help"]).contains(words[1])
    {
      throw unknown(words[1], of: commands, behind: "help ")
    }
    for (previous, word) in zip([""] + parsed, parsed) where word.hasPrefix("-") && !word.hasPrefix("--") {
      if Double(word) != nil && word != "-0" && previous.hasPrefix("--") {
        throw ValidationError("\(previous): a value with a minus sign is given as '\(previous)=\(word)'")
      }
      if word.count < 3 || Double(word) != nil { continue }
      let isOption = word.prefix { $0 != "=" }.dropFirst().allSatisfy { $0.isLetter || $0 == "-" }
      throw ValidationError(
        "Unknown option '\(word)': "
          + (isOption ? "options have two dashes: '-\(word)'" : "a file of that name is './\(word)'"))
    }
  }
  /// The error for a word that is none of the `commands`, with those that it may stand for.
  private func unknown(_ word: String, of commands: [String], behind prefix: String = "") -> ValidationError {
    let distances = commands.map { ($0, editDistance($0, word.lowercased(), limit: .max) ?? .max) }
    let nearest = distances.filter { $0.1 <= 2 }.sorted { $0.1 < $1.1 }.map(\.0)
    return ValidationError(
      "\(prefix)\(word): no such command; "
        + (nearest.isEmpty
          ? "the commands are \(commands.joined(separator: ", "))"
          : "the nearest \(nearest.count == 1 ? "is" : "are") \(nearest.joined(separator: ", "))"))
  }
}
