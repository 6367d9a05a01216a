import TensorCore

extension SafetensorsWriter {
  /// Writes the tensors of `checkpoint`, which may have any format, in its order and with its metadata, to which those in
  /// `added` are added.
  ///
  /// Floating-point values are rounded once, to `precision`; integers and booleans keep their type. Throws
  /// ``CheckpointError`` for values that `precision` cannot represent, and for a file with several sets of tensors.
  package static func convert(
    _ checkpoint: Checkpoint, to path: String, precision: Precision,
    adding added: [(key: String, value: String)] = []
  ) throws(CheckpointError) {
    let others = checkpoint.otherKeys
    guard others.isEmpty else {
      throw .ambiguous(
        path: checkpoint.path, model: nil, keys: ([checkpoint.mainKey] + others).map { Label($0) })
    }
    try checkpoint.requireReadable()
    let tensors = checkpoint.tensors
    var metadata = checkpoint.metadata
    metadata.removeAll { old in added.contains { $0.key == old.key } }
    metadata += added
    // Without it, readers of the field refuse the file.
    if !metadata.contains(where: { $0.key == "format" }) { metadata.insert(("format", "pt"), at: 0) }
    let types = tensors.map { $0.elementType.isFloatingPoint ? precision.elementType : $0.elementType }
    let writer = SafetensorsWriter(
      typed: zip(tensors, types).map { ($0.name, $0.shape, $1) }, metadata: metadata)
    try unsafe writer.writeElements(
      to: path,
      { index, destination throws(CheckpointError) in
        let tensor = tensors[index]
        guard tensor.elementType != types[index] else {
          return try unsafe checkpoint.readElements(tensor, into: destination)
        }
        try checkpoint.checkMemory(tensor.byteCount)
        let stored = UnsafeMutableRawBufferPointer.allocate(byteCount: tensor.byteCount, alignment: 64)
        defer { unsafe stored.deallocate() }
        try unsafe checkpoint.readElements(tensor, into: stored)
        guard
          let value = unsafe round(
            UnsafeRawBufferPointer(stored), tensor.elementType, to: destination, precision)
        else { return }
        throw .unusable(
          path: checkpoint.path,
          .beyondRange(tensor: Label(tensor.name), value: value, type: precision.elementType))
      })
  }

  /// Rounds every real number once; returns the first finite one that becomes infinite.
  private static func round(
    _ stored: UnsafeRawBufferPointer, _ elementType: ElementType,
    to destination: UnsafeMutableRawBufferPointer,
    _ precision: Precision
  ) -> Double? {
    var place = 0
    var beyond: Double?
    /// Stores each number as `narrow` gives it.
    func store<Bits>(as type: Bits.Type, _ narrow: (Double) -> (bits: Bits, isInfinite: Bool)) {
      let elements = unsafe destination.bindMemory(to: Bits.self)
      unsafe elementType.forEach(in: stored) { value in
        let (bits, isInfinite) = narrow(value)
        if isInfinite && value.isFinite && beyond == nil { beyond = value }
        unsafe elements[place] = bits
        place += 1
      }
    }
    switch precision {
    case .float32:
      store(as: Float.self) { (Float($0), Float($0).isInfinite) }
    case .float16:
      store(as: UInt16.self) { (Float16($0).bitPattern, Float16($0).isInfinite) }
    case .bfloat16:
      store(as: UInt16.self) { value in
        let bits = Float(value).bfloat16Bits
        return (bits, bits & 0x7fff == 0x7f80)
      }
    }
    return beyond
  }
}
