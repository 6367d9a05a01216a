import ArgumentParser
import Session
import Text
import Weights
import Zoo

/// `cnnzoo weights`: manages the downloaded weights.
struct WeightsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "weights", abstract: "List, verify, locate and remove downloaded weights.",
    discussion: """
      The store is $CNNZOO_HOME (default ~/.cache/cnnzoo). list prints its weight files; verify reads them and compares \
      their SHA-256 with that in their names; path prints the file that a network's weights are read from, wherever it \
      is; remove deletes files.
      """)

  enum Action: String, ExpressibleByArgument, CaseIterable {
    case list
    case verify
    case path
    case remove
  }

  @Argument(help: "What to do: list, verify, path or remove.")
  var action: Action

  @Argument(
    help: .init("Networks, or files in the store. Default for list and verify: all.", valueName: "name"))
  var names: [String] = []

  @OptionGroup var output: FormatOption

  func validate() throws {
    if names.isEmpty, action == .path || action == .remove {
      throw ValidationError("weights \(action.rawValue) needs the name of a network or a file")
    }
    try refuse("--format", when: action == .path || action == .remove, "with \(action.rawValue)")
  }

  func run() throws {
    let store = try WeightStore()
    if action == .path { return try printPaths() }
    let files = try names.isEmpty ? store.files() : names.flatMap { try store.files(called: $0) }
    var outcomes = Outcomes()
    var table = Self.table(isVerified: action == .verify)
    for file in files {
      do {
        if action == .remove {
          try remove(file, from: store)
        } else {
          let digest = try action == .verify ? WeightStore.verify(file) : nil
          table.rows.append(Self.row(file, action == .verify ? state(file, digest) : nil))
          if output.format == .json {
            try emit(Self.json(file, action == .verify ? state(file, digest) : nil, digest).line)
          }
        }
        outcomes.succeed()
      } catch let error as OutputError {
        throw error
      } catch {
        outcomes.fail(error)
      }
    }
    if action != .remove, output.format != .json { try emit(table.text(as: output.format)) }
    if let status = outcomes.status { throw ExitCode(status.rawValue) }
  }

  private func printPaths() throws {
    for name in names {
      let entry = try Registry.current.entry(name)
      guard case .found(let path) = WeightFinder().find(name, published: entry.weights.map(\.storedName))
      else {
        throw try WeightStore.Failure.notStored(name: name, folder: WeightStore().folder)
      }
      try emit(path + "\n")
    }
  }

  /// Removes a file; one that is not published, and may be the only copy, only by its own name.
  private func remove(_ file: WeightStore.StoredFile, from store: WeightStore) throws {
    guard file.published != nil || names.contains(file.name) else {
      note("\(file.path): not a published file: 'cnnzoo weights remove \(file.name)' removes it")
      return
    }
    try WeightStore.remove(file)
  }

  private func state(_ file: WeightStore.StoredFile, _ digest: String?) -> String {
    if digest != nil { return "ok" }
    return file.isPartial ? "partial" : "unknown"
  }

  private static func table(isVerified: Bool) -> Table {
    var columns: [Table.Column] = [
      .init("file", key: "file"), .init("models", key: "models"), .init("size", key: "bytes", .right),
      .init("source", key: "source"),
    ]
    if isVerified { columns.append(.init("state", key: "state")) }
    return Table(columns)
  }

  private static func row(_ file: WeightStore.StoredFile, _ state: String?) -> [Table.Cell] {
    [
      .init(file.name), .init(file.networks.joined(separator: " ")), .bytes(file.bytes),
      .init(file.published?.source ?? ""),
    ] + (state.map { [.init($0)] } ?? [])
  }

  private static func json(_ file: WeightStore.StoredFile, _ state: String?, _ digest: String?) -> JSONObject
  {
    var object: JSONObject = [
      "schema": "cnnzoo.weights/1", "file": .string(file.name), "path": .string(file.path),
      "bytes": .integer(file.bytes), "models": .array(file.networks.map(JSON.string)),
      "source": file.published.map { .string($0.source) } ?? .null,
    ]
    if let state {
      object.append("state", .string(state))
      object.append("sha256", digest.map(JSON.string) ?? .null)
    }
    return object
  }
}
