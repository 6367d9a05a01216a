/// What can stand at the cursor of a command line.
struct Completion {
  /// A word, and what it means.
  struct Candidate: Equatable {
    var text: String
    var meaning: String

    init(_ text: String, _ meaning: String = "") {
      self.text = text
      self.meaning = meaning
    }
  }

  /// Names that the shell looks up itself.
  enum Files: Equatable {
    /// Files; those with one of the extensions first, if there are any.
    case files(extensions: [String])
    case folders
  }

  /// In the order in which they are offered.
  var candidates: [Candidate] = []
  /// Files that can stand there as well.
  var files: Files?

  /// What a shell's script reads: a line for files, then a line for each candidate, its meaning behind a tab.
  var text: String {
    let lines = candidates.map { $0.meaning.isEmpty ? $0.text : "\($0.text)\t\($0.meaning)" }
    return ([files?.text].compactMap(\.self) + lines).map { "\($0)\n" }.joined()
  }

  /// Keeps the candidates that begin with what is typed already.
  mutating func keep(beginningWith typed: String) {
    candidates.removeAll { !$0.text.hasPrefix(typed) }
  }
}

extension Completion.Files {
  fileprivate var text: String {
    switch self {
    case .files(let extensions): ([":files"] + extensions).joined(separator: " ")
    case .folders: ":folders"
    }
  }
}

extension Completion {
  /// What can stand in the place of the last of `words`, which come after the program's name.
  ///
  /// The last word ends at the cursor, and may be empty.
  init(of words: [String], in program: CommandGrammar) {
    let typed = words.last ?? ""
    var line = PartialLine(program)
    for word in words.dropLast() { line.read(word) }
    let (prefix, rest): (String, String)
    if let option = line.openOption {
      self = Vocabulary(line).values(of: option, typed: typed)
      (prefix, rest) = ("", typed)
    } else if !line.isPastOptions, let (option, value) = line.option(withValueIn: typed) {
      self = Vocabulary(line).values(of: option, typed: value)
      (prefix, rest) = (String(typed.dropLast(value.count)), value)
    } else {
      self.init()
      (prefix, rest) = ("", typed)
      if !line.isPastOptions && typed.hasPrefix("-") {
        candidates = line.optionsLeft.flatMap { option in
          option.names.map { Candidate($0, option.help) }
        }
      } else if let argument = line.nextPositional {
        self = Vocabulary(line).values(of: argument, typed: typed)
      }
      if line.positionals.isEmpty {
        candidates += line.command.subcommands.map { Candidate($0.name, $0.help) }
      }
    }
    keep(beginningWith: rest)
    for index in candidates.indices { candidates[index].text = prefix + candidates[index].text }
  }
}

/// The words before the cursor, as far as they are understood.
struct PartialLine {
  /// The program, or the subcommand whose arguments follow.
  private(set) var command: CommandGrammar
  /// The program itself.
  let program: CommandGrammar
  /// The positional arguments so far.
  private(set) var positionals: [String] = []
  /// The values of options so far, by the options' first names; flags have empty ones.
  private(set) var values: [String: [String]] = [:]
  /// The option whose value comes next.
  private(set) var openOption: CommandGrammar.Argument?
  /// Whether `--` has ended the options.
  private(set) var isPastOptions = false

  init(_ program: CommandGrammar) {
    self.program = program
    command = program
  }

  /// Reads the next word.
  mutating func read(_ word: String) {
    if let option = openOption {
      values[option.names[0], default: []].append(word)
      openOption = nil
    } else if isPastOptions || !word.hasPrefix("-") || word == "-" {
      if positionals.isEmpty, let next = command.subcommands.first(where: { $0.name == word }) {
        command = next
      } else {
        positionals.append(word)
      }
    } else if word == "--" {
      isPastOptions = true
    } else if let (option, value) = option(withValueIn: word) {
      values[option.names[0], default: []].append(value)
    } else if let option = option(named: word) {
      if option.takesValue { openOption = option } else { values[option.names[0], default: []].append("") }
    }
  }

  /// The option and the value in `--option=value`.
  func option(withValueIn word: String) -> (option: CommandGrammar.Argument, value: String)? {
    guard let equals = word.firstIndex(of: "="), word.hasPrefix("--"),
      let option = option(named: String(word[..<equals])), option.takesValue
    else { return nil }
    return (option, String(word[word.index(after: equals)...]))
  }

  /// The options that can still be given.
  var optionsLeft: [CommandGrammar.Argument] {
    command.options.filter { $0.isRepeating || values[$0.names[0]] == nil }
  }

  /// The positional argument at the cursor.
  var nextPositional: CommandGrammar.Argument? {
    if positionals.count < command.positionals.count { return command.positionals[positionals.count] }
    return command.positionals.last.flatMap { $0.isRepeating ? $0 : nil }
  }

  private func option(named name: String) -> CommandGrammar.Argument? {
    command.options.first { $0.names.contains(name) }
  }
}
