import ArgumentParser

/// `cnnzoo completion`: the completion of commands in a shell.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print the script that completes commands in bash, zsh or fish.",
    discussion: """
      Completes commands, options, networks, families, settings, recipes, layers and files. In bash: \
      eval "$(cnnzoo completion bash)". In zsh: eval "$(cnnzoo completion zsh)", after compinit. In fish: \
      cnnzoo completion fish | source.
      """)

  @Argument(help: "Shell to complete in.")
  var shell: Shell

  /// After `--`, what the script asks about: the words of a command line up to the cursor.
  @Argument(parsing: .postTerminator, help: .hidden)
  var words: [String] = []

  func run() throws {
    if words.isEmpty { return try emit(shell.script) }
    let typed = shell == .bash ? BashWords(words) : nil
    var completion = Completion(of: typed?.joined ?? words, in: try .program())
    if let typed { typed.cut(&completion) }
    try emit(completion.text)
  }
}

/// Words as bash hands them to a completion function: with quotes, and divided at `=` and `:`.
struct BashWords {
  /// The words as a command would get them.
  let joined: [String]
  /// How much of the last one is in front of what bash replaces.
  private let kept: Int

  init(_ pieces: [String]) {
    var words: [String] = []
    var isOpen = false
    for piece in pieces {
      let isSeparator = piece == "=" || piece == ":"
      let text = piece.filter { !#""'\"#.contains($0) }
      if (isOpen || isSeparator) && !words.isEmpty {
        words[words.count - 1] += text
      } else {
        words.append(text)
      }
      isOpen = isSeparator
    }
    joined = words
    kept = isOpen ? words.last?.count ?? 0 : (words.last?.count ?? 0) - (pieces.last?.count ?? 0)
  }

  /// Cuts off what bash does not replace.
  func cut(_ completion: inout Completion) {
    for index in completion.candidates.indices where kept > 0 {
      completion.candidates[index].text.removeFirst(min(kept, completion.candidates[index].text.count))
    }
  }
}
