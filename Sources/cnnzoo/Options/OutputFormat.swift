import ArgumentParser
import Text

/// What `--format` takes.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  case csv
  case markdown
}

/// The option `--format`.
struct FormatOption: ParsableArguments {
  @Option(help: "text for people; json, csv and markdown are stable.")
  var format: OutputFormat = .text
}

extension Table {
  /// The table in any format but JSON, whose objects a command builds itself.
  func text(as format: OutputFormat) -> String {
    switch format {
    case .csv: csv
    case .markdown: markdown
    case .text, .json: aligned(style: .standardOutput)
    }
  }
}
