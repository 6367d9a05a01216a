import ArgumentParser
import Fetching
import Files
import Session
import Zoo

/// Downloads published weights into the store.
struct WeightFetcher {
  /// A published file to download.
  struct Order {
    let entry: ModelEntry
    let weights: PublishedWeights
    let address: WebAddress
    let path: String

    /// The largest size that is accepted: a little more than the published one, else twice that of the values.
    var mostBytes: Int {
      let slack = 1 << 20
      if let mebibytes = weights.mebibytes { return Int(mebibytes * 0x1p20 * 1.01) + slack }
      let values = entry.expect.parameters + entry.expect.auxiliary
      return 8 * values + 16 * slack
    }
  }

  private let store: WeightStore
  private let mirror: WebAddress?

  /// A fetcher for the store that the environment names.
  ///
  /// `mirror` is the address of a folder with the files under the names that they have in the store; default:
  /// `CNNZOO_MIRROR`, else every file comes from where it is published.
  init(mirror: String? = nil) throws {
    store = try WeightStore()
    let variable = Environment["CNNZOO_MIRROR"].flatMap { $0.isEmpty ? nil : $0 }
    guard let text = mirror ?? variable else {
      self.mirror = nil
      return
    }
    guard let address = WebAddress(text) else {
      throw ValidationError(
        "\(mirror == nil ? "CNNZOO_MIRROR" : "--mirror") must be an address that begins with http:// or https://, not '\(text)'"
      )
    }
    self.mirror = address
  }

  /// The order for `name`, a network (its best known weights) or a published file.
  func order(_ name: String) throws -> Order {
    let registry = Registry.current
    for entry in registry.all {
      if let weights = entry.weights.first(where: { $0.storedName == name }) {
        return try order(entry, weights)
      }
    }
    let entry = try registry.entry(name)
    let weights = mirror == nil ? entry.weightsToFetch : entry.weightsToFetch ?? entry.weights.first
    guard let weights = weights ?? entry.weights.first else {
      throw try WeightStore.Failure.unpublished(
        network: name, isEmbedded: EmbeddedWeights.description(of: name) != nil)
    }
    return try order(entry, weights)
  }

  private func order(_ entry: ModelEntry, _ weights: PublishedWeights) throws -> Order {
    let address =
      mirror.map { $0.appending(weights.storedName) } ?? weights.address.map(WebAddress.init) ?? nil
    guard let address else { throw WeightStore.Failure.noAddress(file: weights.storedName) }
    return Order(entry: entry, weights: weights, address: address, path: store.path(weights))
  }

  /// Downloads what `name` stands for, showing progress on a terminal.
  func fetch(_ name: String) throws -> (order: Order, outcome: Download.Outcome) {
    let order = try order(name)
    Interruption.install()
    do throws(FileError) { try CacheFolder.create(store.folder) } catch { throw DownloadError.file(error) }
    let download = Download(
      from: order.address, to: order.path, digestPrefix: order.weights.hashPrefix, mostBytes: order.mostBytes,
      agent: "cnnzoo/\(Version.current)")
    let progress = DownloadProgress(order.weights.storedName)
    let outcome = try download.run(
      isStopped: { Interruption.status != nil }, report: { progress.show($0) },
      check: { path in
        // A digest that only the server states does not tell whether this is the network's file.
        if order.weights.hashPrefix == nil {
          _ = try BoundNetwork(
            NetworkRequest(order.entry.name, settings: order.weights.settings),
            weights: .file(path: path, key: nil))
        }
      })
    ProgressLine.clear()
    return (order, outcome)
  }
}
