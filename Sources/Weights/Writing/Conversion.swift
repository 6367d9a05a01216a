import TensorCore

extension SafetensorsWriter {
  /// Writes the tensors of `checkpoint`, which may have any format, in its order and with its metadata.
  ///
  /// Counters of batch norm are omitted: they are integers, and only training with a cumulative average, which no
  /// network here uses, reads them. Throws ``CheckpointError`` for other integers, and for values that `precision`
  /// cannot represent.
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
