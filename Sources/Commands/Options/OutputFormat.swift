import ArgumentParser
import Text

/// The values of `--format`.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
  case text
  case json
  case csv
  case markdown
}

/// The option `--format`.
struct FormatOption: ParsableArguments {
  @Option(help: "Output format; text is for people, the others are stable.")
  var format: OutputFormat = .text
}

extension Table {
  /// The table in any format but JSON, which commands build themselves.
  func text(as format: OutputFormat) -> String {
    switch format {
    case .csv: csv
    case .markdown: markdown
    case .text, .json: aligned(style: .standardOutput)
    }
  }
}
