/// How names of older or other writers become the names of a network.
package enum RenameRule: Hashable, Sendable {
  /// Names that begin with `from` begin with `to` instead.
  case prefix(from: String, to: String)
  /// DenseNet's names before 2018: `denselayer1.norm.1.weight` is `denselayer1.norm1.weight`.
  ///
  /// Source: the pattern in torchvision/models/densenet.py, `_load_state_dict`.
  case denseNet

  /// The name after this rule; unchanged where the rule says nothing about it.
  package func apply(to name: String) -> String {
    switch self {
    case .prefix(let from, let to):
      return name.hasPrefix(from) ? to + name.dropFirst(from.count) : name
    case .denseNet:
      var parts = name.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count >= 4 else { return name }
      let tail = parts.count - 4
      let (layer, kind, number, tensor) = (parts[tail], parts[tail + 1], parts[tail + 2], parts[tail + 3])
      let digits = layer.drop { !$0.isNumber }
      guard layer.hasPrefix("denselayer"), layer.dropFirst(10) == digits, !digits.isEmpty,
        digits.allSatisfy(\.isNumber), ["norm", "relu", "conv"].contains(kind), ["1", "2"].contains(number),
        ["weight", "bias", "running_mean", "running_var"].contains(tensor)
      else { return name }
      parts[(tail + 1)...] = ["\(kind)\(number)", tensor]
      return parts.joined(separator: ".")
    }
  }
}
