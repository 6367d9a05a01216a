import Files
import Glibc

/// Looks for a network's weights in the usual folders.
///
/// First `$CNNZOO_HOME` (default `~/.cache/cnnzoo`), by the name of the network and by the published file names; then the
/// folder of `torch.hub` (`$TORCH_HOME/hub/checkpoints`, default `~/.cache/torch/hub/checkpoints`), by the latter.
package struct WeightFinder: Sendable {
  /// The result of a search.
  package enum Result: Hashable, Sendable {
    /// The first file that exists.
    case found(path: String)
    /// None exists; these paths were tried.
    case notFound(places: [String])
  }

  /// What may follow the name of a network in that of its weight file.
  package static let extensions = ["safetensors", "pth", "npz"]

  private let ownFolder: String?
  private let torchFolder: String?

  /// A finder for the folders in the environment.
  package init(environment: (_ name: String) -> String? = CacheFolder.systemEnvironment) {
    func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    let cache = variable("XDG_CACHE_HOME") ?? variable("HOME").map { "\($0)/.cache" }
    ownFolder = CacheFolder.path(environment: environment)
    torchFolder = (variable("TORCH_HOME") ?? cache.map { "\($0)/torch" }).map { "\($0)/hub/checkpoints" }
  }

  /// Looks for the weights of `model`, whose published files have the names `published`.
  package func find(_ model: String, published: [String] = []) -> Result {
    let names = Self.extensions.map { "\(model).\($0)" } + published
    let own = ownFolder.map { folder in names.map { "\(folder)/\($0)" } } ?? []
    let torch = torchFolder.map { folder in published.map { "\(folder)/\($0)" } } ?? []
    let places = own + torch
    for place in places where unsafe access(place, F_OK) == 0 { return .found(path: place) }
    return .notFound(places: places)
  }
}
