import ArgumentParser
import Fetching
import Files
import Glibc
import Session
import Text
import Zoo

/// `cnnzoo pull`: downloads published weights.
struct PullCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull", abstract: "Download published weights.",
    discussion: """
      Files are downloaded from where torchvision, timm and others publish them to $CNNZOO_HOME (default \
      ~/.cache/cnnzoo), where infer and eval find them. A file gets its name after its SHA-256 has been verified. \
      Existing files are not downloaded again, and interrupted downloads are resumed. Proxies are taken from the \
      environment, as by curl.
      """)

  @Argument(
    help: .init(
      "Networks, for their best known weights, or published files as listed by 'cnnzoo about'.",
      valueName: "model"))
  var models: [String]

  @Flag(help: "Only print what would be downloaded.")
  var dryRun = false

  @Option(
    help: .init(
      "Download from this folder on the web, which has the files under their names. Default: $CNNZOO_MIRROR.",
      valueName: "url"))
  var mirror: String?

  @OptionGroup var display: QuietOption
  @OptionGroup var output: FormatOption

  func run() throws {
    display.apply()
    let fetcher = try WeightFetcher(mirror: mirror)
    // A wrong name is an error before anything is downloaded.
    let orders = try models.map { try fetcher.order($0) }
    var outcomes = Outcomes()
    var table = Self.table
    for (name, order) in zip(models, orders) {
      do {
        let status = try dryRun ? planned(order) : fetched(fetcher.fetch(name))
        outcomes.succeed()
        table.rows.append(Self.row(order, status))
        if output.format == .json { try emit(Self.json(order, status).line) }
      } catch let error as OutputError {
        throw error
      } catch {
        outcomes.fail(error)
      }
      if Interruption.status != nil { break }
    }
    if output.format != .json, !table.rows.isEmpty { try emit(table.text(as: output.format)) }
    if let status = Interruption.status ?? outcomes.status?.rawValue { throw ExitCode(status) }
  }

  private func planned(_ order: WeightFetcher.Order) -> String {
    unsafe access(order.path, F_OK) == 0 ? "present" : "to fetch"
  }

  private func fetched(_ result: (order: WeightFetcher.Order, outcome: Download.Outcome)) -> String {
    result.outcome == .present ? "present" : "fetched"
  }

  private static let table = Table([
    .init("model", key: "model"), .init("status", key: "status"),
    .init("MiB", key: "mebibytes", .right), .init("SHA-256", key: "sha256_prefix"),
    .init("from", key: "address"),
    .init("to", key: "path"),
  ])

  private static func row(_ order: WeightFetcher.Order, _ status: String) -> [Table.Cell] {
    [
      .init(order.entry.name), .init(status), order.weights.mebibytes.map { .fixed($0, digits: 1) } ?? .empty,
      order.weights.hashPrefix.map { .init($0) } ?? .empty, .init("\(order.address)"), .init(order.path),
    ]
  }

  private static func json(_ order: WeightFetcher.Order, _ status: String) -> JSONObject {
    [
      "schema": "cnnzoo.pull/1", "model": .string(order.entry.name), "source": .string(order.weights.source),
      "status": .string(status), "address": .string("\(order.address)"), "path": .string(order.path),
      "mebibytes": order.weights.mebibytes.map(JSON.number) ?? .null,
      "sha256_prefix": order.weights.hashPrefix.map(JSON.string) ?? .null,
    ]
  }
}
