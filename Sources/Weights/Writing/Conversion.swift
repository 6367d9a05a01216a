import TensorCore

extension SafetensorsWriter {
  /// Writes the tensors of `checkpoint`, a file of any format, in its order, with what it says about itself.
  ///
  /// Batch norm's counters are left out: they are integers, and only training with a cumulative average, which
  /// no network here has, looks at them. Throws ``CheckpointError`` for other integers, and for values that
  /// `precision` cannot hold.
  package static func convert(
    _ checkpoint: Checkpoint, to path: String, precision: Precision
  ) throws(CheckpointError) {
    let tensors = checkpoint.tensors.filter { !StateDictMatch.isCounter($0.name) }
    for tensor in tensors where !tensor.elementType.isFloatingPoint {
      throw .unusable(
        path: checkpoint.path, .integers(tensor: Label(tensor.name), type: tensor.elementType.rawValue))
    }
    var metadata = checkpoint.metadata
    // Without it, readers of the field refuse the file.
    if !metadata.contains(where: { $0.key == "format" }) { metadata.insert(("format", "pt"), at: 0) }
    let writer = SafetensorsWriter(
      tensors.map { ($0.name, $0.shape) }, precision: precision, metadata: metadata)
    try unsafe writer.write(to: path) { index, destination throws(CheckpointError) in
      try unsafe checkpoint.read(tensors[index], into: destination)
      guard precision == .float16,
        let value = unsafe destination.first(where: { $0.isFinite && Float16($0).isInfinite })
      else { return }
      throw .unusable(path: checkpoint.path, .beyondHalf(tensor: Label(tensors[index].name), value: value))
    }
  }
}
