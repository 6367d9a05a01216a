import GraphIR

extension DenseNet {
  /// The names of torchvision's first weight files: `denselayer1.norm.1.weight` is `denselayer1.norm1.weight`.
  ///
  /// Source: the pattern in torchvision/models/densenet.py, `_load_state_dict`.
  static let oldLayerNames = TensorRename { name in
    var parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 4 else { return nil }
    let tail = parts.count - 4
    let (layer, kind, number, tensor) = (parts[tail], parts[tail + 1], parts[tail + 2], parts[tail + 3])
    let digits = layer.drop { !$0.isNumber }
    guard layer.hasPrefix("denselayer"), layer.dropFirst(10) == digits, !digits.isEmpty,
      digits.allSatisfy(\.isNumber), ["norm", "relu", "conv"].contains(kind), ["1", "2"].contains(number),
      ["weight", "bias", "running_mean", "running_var"].contains(tensor)
    else { return nil }
    parts[(tail + 1)...] = ["\(kind)\(number)", tensor]
    return parts.joined(separator: ".")
  }
}
