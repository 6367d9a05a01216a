/// Where somebody wants a network's weights to come from.
package enum WeightRequest: Hashable, Sendable {
  /// The embedded ones where they are for this form of the network, else a file in one of the usual places.
  case installed
  /// A file: safetensors, PyTorch, NumPy; `key` names the tensors in it where there are several sets of them.
  case file(path: String, key: String? = nil)
  /// A formula: results mean nothing, but are the same everywhere.
  case formula(seed: UInt64)
}
