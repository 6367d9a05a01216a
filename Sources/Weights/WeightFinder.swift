import Files
import Glibc

/// Looks for a network's weights where people keep them.
///
/// First `$CNNZOO_HOME` (default `~/.cache/cnnzoo`), under the network's name; then the folder of
/// `torch.hub` (`$TORCH_HOME/hub/checkpoints`, default `~/.cache/torch/hub/checkpoints`), under the
/// names the weights were published with.
package struct WeightFinder: Sendable {
  /// What came of a search.
  package enum Result: Hashable, Sendable {
    /// The first file that is there.
    case found(path: String)
    /// Nothing is there; these are the places that were looked at.
    case notFound(places: [String])
  }

  private static let extensions = ["safetensors", "pth", "npz"]

  private let ownFolder: String?
  private let torchFolder: String?

  /// A finder for the folders that the environment names.
  package init(environment: (_ name: String) -> String? = CacheFolder.systemEnvironment) {
    func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
    let cache = variable("XDG_CACHE_HOME") ?? variable("HOME").map { "\($0)/.cache" }
    ownFolder = CacheFolder.path(environment: environment)
    torchFolder = (variable("TORCH_HOME") ?? cache.map { "\($0)/torch" }).map { "\($0)/hub/checkpoints" }
  }

  /// Looks for the weights of `model`, whose published files are called `published`.
  package func find(_ model: String, published: [String] = []) -> Result {
    let own = ownFolder.map { folder in Self.extensions.map { "\(folder)/\(model).\($0)" } } ?? []
    let torch = torchFolder.map { folder in published.map { "\(folder)/\($0)" } } ?? []
    let places = own + torch
    for place in places where unsafe access(place, F_OK) == 0 { return .found(path: place) }
    return .notFound(places: places)
  }
}
