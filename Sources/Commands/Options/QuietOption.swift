import ArgumentParser

/// The option `--quiet`.
struct QuietOption: ParsableArguments {
  @Flag(help: "Do not show progress, which is only shown on terminals.")
  var quiet = false

  /// Makes the rest of the command as quiet as asked for.
  func apply() { if quiet { ProgressLine.silence() } }
}
