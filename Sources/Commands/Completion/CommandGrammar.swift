import ArgumentParser
import Text

/// A command with its options, arguments and subcommands, as the parser describes it.
struct CommandGrammar {
  /// An option, a flag or a positional argument.
  struct Argument {
    /// `--weights`, `-h`; empty for a positional argument.
    let names: [String]
    /// Whether a value follows; a positional argument is one.
    let takesValue: Bool
    /// Whether it may be given more than once.
    let isRepeating: Bool
    /// What stands for the value in the help: `file.npy`.
    let valueName: String
    /// All possible values, if they are few.
    let values: [String]
    /// One line of help.
    let help: String

    /// Whether the value is a list separated by commas.
    var isList: Bool { valueName.hasSuffix(",...") }
  }

  let name: String
  let help: String
  private(set) var options: [Argument] = []
  private(set) var positionals: [Argument] = []
  private(set) var subcommands: [CommandGrammar] = []

  /// The grammar of the whole program.
  ///
  /// Throws ``JSONError`` if the parser describes it otherwise than today.
  static func program() throws(JSONError) -> CommandGrammar {
    // The description that the parser's own tools for manuals and completion read.
    let description = try JSON(parsing: Array(CommandLineInterface._dumpHelp().utf8))
    return CommandGrammar(description.object?["command"]?.object ?? [:])
  }

  private init(_ command: JSONObject) {
    name = command["commandName"]?.string ?? ""
    help = command["abstract"]?.string ?? ""
    for argument in command["arguments"].objects where argument["shouldDisplay"]?.bool != false {
      let parsed = Argument(argument)
      if parsed.names.isEmpty { positionals.append(parsed) } else { options.append(parsed) }
    }
    subcommands = command["subcommands"].objects.map(CommandGrammar.init)
  }
}

extension CommandGrammar.Argument {
  fileprivate init(_ argument: JSONObject) {
    names = argument["names"].objects.map {
      ($0["kind"]?.string == "long" ? "--" : "-") + ($0["name"]?.string ?? "")
    }
    takesValue = argument["kind"]?.string != "flag"
    isRepeating = argument["isRepeating"]?.bool ?? false
    valueName = argument["valueName"]?.string ?? ""
    values = argument["allValues"]?.strings ?? []
    help = argument["abstract"]?.string ?? ""
  }
}

extension JSON? {
  /// The objects of an array; none for anything else.
  fileprivate var objects: [JSONObject] {
    if case .array(let values) = self { values.compactMap(\.object) } else { [] }
  }
}
