import Foundation
import Support
import Testing

/// Completion, from what the program offers to what a real shell puts on its line.
@Suite struct CompletionTests {
  /// What can stand in the place of the last word: a line for each candidate, without its meaning.
  private func offered(_ words: String..., shell: String = "zsh") throws -> [String] {
    let run = try CommandRun.cnnzoo(["completion", shell, "--"] + words)
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    return run.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
  }

  @Test func commandsAreOfferedWithTheirHelp() throws {
    let help = try CommandRun.cnnzoo("help").output
    let commands = help.matches(of: #/(?m)^  ([a-z]+)  +[A-Z]/#).map { String($0.1) }
    #expect(commands.count >= 13)
    #expect(try offered("") == commands + ["help"])
    #expect(try offered("help", "") == commands + ["help"])
    #expect(
      try CommandRun.cnnzoo("completion", "fish", "--", "dif").output.contains("diff\tCompare two networks"))
  }

  @Test func namesOfTheZooAreOffered() throws {
    let names = try CommandRun.shell("cnnzoo list --format csv | tail -n +2 | cut -d, -f1").output
    let all = names.split(separator: "\n").map(String.init)
    for command in ["about", "summary", "params", "infer", "eval", "train", "bench"] {
      #expect(
        try offered(command, "").filter { !$0.hasPrefix(":") && !$0.hasPrefix("-") } == all, "\(command)")
    }
    #expect(try offered("diff", "vgg16", "vgg16") == ["vgg16", "vgg16_bn"])
    #expect(try offered("bench", "resnet18", "alex") == ["alexnet", "alexnet_2012"])
    #expect(try offered("about", "alexnet", "alex").isEmpty)
    #expect(try offered("weights", "path", "alex") == ["alexnet", "alexnet_2012"])
    #expect(try offered("weights", "v") == ["verify"])
    #expect(try offered("list", "--family", "mobile") == ["mobilenet_v1", "mobilenet_v2", "mobilenet_v3"])
  }

  @Test func valuesDependOnTheNetworkOnTheLine() throws {
    #expect(
      try offered("params", "--set", "width=64", "resnet50", "--set", "") == ["depth=", "blocks=", "width="])
    #expect(try offered("params", "resnet50", "--set", "width=") == ["width=64"])
    #expect(
      try offered("params", "inception_v3", "--set", "transformInput=") == [
        "transformInput=true", "transformInput=false",
      ])
    #expect(try offered("train", "lenet5", "--recipe", "") == ["paper", "fashion-mnist"])
    #expect(try offered("train", "--recipe", "").isEmpty)
    let frozen = try offered("train", "resnet18", "--freeze", "layer1")
    #expect(frozen.first == "layer1.*" && frozen.contains("layer1.0.bn1.weight"))
    #expect(!frozen.contains("layer1.0.bn1.running_mean"))
    let checkpoint = "Tests/CLITests/Fixtures/layouts/timm_ema.pth.tar"
    #expect(try offered("inspect", checkpoint, "--weights-key", "") == ["state_dict", "state_dict_ema"])
    #expect(
      try offered("infer", "lenet5", "--weights=\(checkpoint)", "--weights-key", "state_dict_").count == 1)
  }

  @Test func listsAreCompletedItemByItem() throws {
    #expect(
      try offered("params", "vgg16", "--as", "fvcore,torch") == ["fvcore,torchvision", "fvcore,torchinfo"])
    #expect(try offered("params", "vgg16", "--as", "torchvision,torch") == ["torchvision,torchinfo"])
    #expect(try offered("bench", "vgg16", "--convolution", "openblas,a") == ["openblas,auto"])
    #expect(try offered("infer", "vgg16", "--convolution", "a") == ["auto"])
    #expect(try offered("train", "vgg16", "--augment", "flip,pad-crop=4,").contains("flip,pad-crop=4,mixup="))
    #expect(try !offered("train", "vgg16", "--augment", "flip,pad-crop=4,").contains("flip,pad-crop=4,flip"))
  }

  /// Words that stand in the help of an option but that its parser does not know would be wrong here as well.
  @Test func wordsThatTheHelpListsInProseAreInIt() throws {
    let help = try CommandRun.cnnzoo("help", "train").output
    for option in ["--augment", "--schedule", "--init"] {
      let words = try offered("train", "resnet18", option, "")
      #expect(words.count >= 5)
      for word in words { #expect(help.contains(word.trimming(":=")), "\(option) \(word)") }
    }
  }

  @Test func filesAreLeftToTheShell() throws {
    #expect(try offered("infer", "vgg16", "--weights", "")[0].hasPrefix(":files safetensors pth"))
    #expect(try offered("infer", "vgg16", "--logits=x") == [":files npy"])
    #expect(try offered("infer", "vgg16", "--save-input", "") == [":files npy png"])
    #expect(try offered("infer", "vgg16", "a.jpg", "")[0].contains(" jpg "))
    #expect(try offered("infer", "vgg16", "--labels", "") == [":files"])
    #expect(try offered("train", "vgg16", "--output", "") == [":folders"])
    #expect(try offered("train", "vgg16", "--data", "fash") == [":files", "fashion-mnist"])
    #expect(try offered("plot", "") == [":folders"])
    #expect(try offered("list", "") == [])
    #expect(
      try offered("infer", "vgg16", "--", "-") == offered("infer", "vgg16", "").filter { $0.hasPrefix(":") })
  }

  @Test func optionsAreOfferedOnce() throws {
    #expect(try offered("infer", "vgg16", "--w") == ["--weights", "--weights-key"])
    #expect(try offered("infer", "vgg16", "--weights", "a.pth", "--w") == ["--weights-key"])
    #expect(try offered("infer", "vgg16", "--tune", "--tu").isEmpty)
    #expect(try offered("params", "vgg16", "--set", "a=1", "--s") == ["--set"])
    #expect(
      try offered("infer", "vgg16", "--format=", shell: "fish") == [
        "--format=text", "--format=json", "--format=csv",
      ])
    #expect(try offered("nonsense", "").isEmpty)
    #expect(try offered("data", "") == ["check", "preview"])
    #expect(try offered("data", "check", "fa") == [":files", "fashion-mnist"])
    #expect(try offered("data", "preview", ".", "--model", "squeezenet1_1").count == 1)
  }

  /// bash divides words at `=` and `:` and replaces only what is behind them.
  @Test func bashGetsWhatItReplaces() throws {
    #expect(try offered("infer", "vgg16", "--format", "=", "js", shell: "bash") == ["json"])
    #expect(try offered("infer", "vgg16", "--format", "=", shell: "bash") == ["text", "json", "csv"])
    #expect(try offered("params", "resnet50", "--set", "width", "=", shell: "bash") == ["64"])
    #expect(try offered("params", "resnet50", "--set", "wi", shell: "bash") == ["width="])
    #expect(try offered("about", "\"resnet50", shell: "bash") == ["resnet50", "resnet50_v1", "resnet50d"])
  }

  /// A value that completion knows nothing of is a number or free text.
  @Test func everyOtherOptionTakesANumberOrFreeText() throws {
    let free: Set = [
      "--max-params", "--max-macs", "--classes", "--input-size", "--batch-size", "--depth", "--threads",
      "--workers",
      "--random-weights", "--top", "--val-fraction", "--epochs", "--lr", "--momentum", "--weight-decay",
      "--warmup",
      "--smoothing", "--competition", "--clip", "--ema", "--seed", "--save-every", "--log-every", "--runs",
      "--seconds",
      "--warm-up", "--mirror", "--samples", "--max-loss", "--min-accuracy", "--max-ms", "--max-memory",
      "--class", "--val-seed", "--early-stop", "--min-delta", "--lr-range", "--lr-steps", "--images",
      "--scale",
    ]
    let commands = try offered("").filter { $0 != "help" }
    for command in commands {
      let help = try CommandRun.cnnzoo("help", command).output
      for option in help.matches(of: #/(?m)^  (--[a-z0-9-]+) <[^>]+>/#).map({ String($0.1) }) {
        let words = try offered(command, "resnet18", option, option == "--weights-key" ? "." : "")
        #expect(
          words.isEmpty == (free.contains(option) || option == "--weights-key"),
          "\(command) \(option): \(words)")
      }
    }
  }
}

extension String {
  fileprivate func trimming(_ characters: String) -> String {
    trimmingCharacters(in: CharacterSet(charactersIn: characters))
  }
}

/// What Tab does in a real shell, in a terminal.
@Suite(.serialized) struct ShellCompletionTests {
  enum Shell: String, CaseIterable, CustomTestStringConvertible {
    case bash
    /// Without the package bash-completion.
    case bareBash
    case zsh
    /// With the script in a folder of functions, as it is installed.
    case installedZsh
    case fish

    var testDescription: String { rawValue }

    var program: String {
      switch self {
      case .bash, .bareBash: "bash"
      case .zsh, .installedZsh: "zsh"
      case .fish: "fish"
      }
    }

    /// The command that starts it without anybody's settings.
    var command: String {
      switch self {
      case .bash, .bareBash: "bash --norc --noprofile"
      case .zsh, .installedZsh: "zsh -f"
      case .fish: "fish --no-config"
      }
    }

    /// What its user writes into the file that it reads at the start; the prompt tells that it is done.
    var settings: String {
      switch self {
      case .bash:
        ". /usr/share/bash-completion/bash_completion; eval \"$(cnnzoo completion bash)\"; PS1='ready> '"
      case .bareBash: "eval \"$(cnnzoo completion bash)\"; PS1='ready> '"
      case .zsh: "autoload -Uz compinit; compinit -u -D; eval \"$(cnnzoo completion zsh)\"; PS1='ready> '"
      case .installedZsh:
        "cnnzoo completion zsh >_cnnzoo; fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; PS1='ready> '"
      case .fish: "cnnzoo completion fish | source; function fish_prompt; echo -n 'ready> '; end"
      }
    }
  }

  @Test(arguments: Shell.allCases) func tabCompletes(_ shell: Shell) throws {
    guard Terminal.canRun(shell.program) else {
      return print(
        "Skipped: completion in \(shell) needs tmux and \(shell.program), and one of them is not installed.")
    }
    let folder = try TemporaryFolder()
    let photo = try Data(contentsOf: Repository.root.appending(path: "Models/Samples/t-shirt.png"))
    try folder.write(photo, to: "my photo.png")
    for file in ["weights.pth", "net.pth", "notes.txt", "runs/last/config.json"] {
      try folder.write("", to: file)
    }
    let terminal = try Terminal(shell.command, in: folder)
    try terminal.type(shell.settings)
    try terminal.press("Enter")
    try expect(terminal, "the prompt") { $0.hasSuffix("ready>") }
    for (typed, completed) in [
      ("cnnzoo inf", "cnnzoo infer"),
      ("cnnzoo about mobilenet_v3_l", "cnnzoo about mobilenet_v3_large"),
      ("cnnzoo list --family incep", "cnnzoo list --family inception_"),
      ("cnnzoo params resnet50 --set wi", "cnnzoo params resnet50 --set width="),
      ("cnnzoo params resnet50 --as paper,torchv", "cnnzoo params resnet50 --as paper,torchvision"),
      ("cnnzoo bench vgg16 --convolution=auto,op", "cnnzoo bench vgg16 --convolution=auto,openblas"),
      ("cnnzoo train resnet50 --recipe pa", "cnnzoo train resnet50 --recipe paper"),
      (
        "cnnzoo train resnet50 --freeze layer4.2.conv3",
        "cnnzoo train resnet50 --freeze layer4.2.conv3.weight"
      ),
      ("cnnzoo infer lenet5 my", "cnnzoo infer lenet5 my\\ photo.png"),
      ("cnnzoo infer lenet5 \"my", "cnnzoo infer lenet5 \"my photo.png\""),
      ("cnnzoo infer lenet5 my\\ ph", "cnnzoo infer lenet5 my\\ photo.png"),
      ("cnnzoo infer resnet50 --weights=we", "cnnzoo infer resnet50 --weights=weights.pth"),
      ("cnnzoo inspect ~/we", "cnnzoo inspect ~/weights.pth"),
      ("cnnzoo train vgg16 --data fash", "cnnzoo train vgg16 --data fashion-mnist"),
      ("cnnzoo plot ru", "cnnzoo plot runs/"),
      ("cnnzoo summary resnet50 --gr", "cnnzoo summary resnet50 --graph"),
    ]
      + (shell == .bareBash
        ? [] : [("cnnzoo infer vgg16 --weights n", "cnnzoo infer vgg16 --weights net.pth")])
    {
      try terminal.press("C-l")
      try terminal.type(typed)
      try terminal.press("Tab")
      try expect(terminal, typed) { screen in
        screen.split(separator: "\n").contains { $0 == "ready> \(completed)" }
      }
      try terminal.press("C-u")
    }
    // The completed line is one that runs.
    try terminal.press("C-l")
    try terminal.type("cnnzoo infer lenet5 my")
    try terminal.press("Tab")
    try expect(terminal, "the completed line") { $0.contains("photo.png") }
    try terminal.press("Enter")
    try expect(terminal, "the answer") { $0.contains("T-shirt/top") }
  }

  private func expect(_ terminal: Terminal, _ what: String, _ isExpected: (String) -> Bool) throws {
    let isShown = try terminal.shows(isExpected)
    let screen = try terminal.screen
    #expect(isShown, "\(what):\n\(screen)")
  }
}
