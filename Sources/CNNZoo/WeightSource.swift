import Session

/// Where the weights of a network come from.
public enum WeightSource: Hashable, Sendable {
  /// The weights that are embedded for a few networks, else a file in `$CNNZOO_HOME` (default `~/.cache/cnnzoo`) or in
  /// torchvision's `~/.cache/torch/hub/checkpoints`.
  case installed
  /// A file: safetensors, PyTorch `.pth` or NumPy `.npz`. Nothing in it is executed.
  case file(String)
  /// A formula: predictions are meaningless but the same everywhere. For trials and benchmarks.
  case random(seed: UInt64)

  var request: WeightRequest {
    switch self {
    case .installed: .installed
    case .file(let path): .file(path: path)
    case .random(let seed): .formula(seed: seed)
    }
  }
}
