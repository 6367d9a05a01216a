import Files
import GraphIR
import TensorCore
import Text

/// Writes safetensors; the same tensors always give the same bytes.
package struct SafetensorsWriter: Sendable {
  /// The type of written floating-point elements.
  package enum Precision: Sendable {
    /// Unchanged.
    case float32
    /// Rounded to nearest, ties to even; beyond 65504 they become infinite.
    case float16
    /// Rounded to nearest, ties to even: the range of float32, and eight bits of precision.
    case bfloat16

    /// The type of the elements.
    var elementType: ElementType {
      switch self {
      case .float32: .float32
      case .float16: .float16
      case .bfloat16: .bfloat16
      }
    }
  }

  /// Fills a buffer with the elements of the tensor at an index.
  package typealias Content =
    (_ index: Int, _ destination: UnsafeMutableBufferPointer<Float>) throws(CheckpointError) -> Void
  /// Fills a buffer with the elements of the tensor with this index, as they stand in the file.
  package typealias Bytes =
    (_ index: Int, _ destination: UnsafeMutableRawBufferPointer) throws(CheckpointError) -> Void

  private let tensors: [(name: String, shape: Shape, type: ElementType)]
  private let metadata: [(key: String, value: String)]

  /// A writer for tensors in the order given.
  ///
  /// Names are distinct, and none is `__metadata__`.
  package init(
    _ tensors: [(name: String, shape: Shape)], precision: Precision = .float32,
    metadata: [(key: String, value: String)] = []
  ) {
    self.init(
      typed: tensors.map { ($0.name, $0.shape, precision.elementType) }, metadata: metadata)
  }

  /// A writer for tensors in the order given, each of its own type.
  package init(
    typed tensors: [(name: String, shape: Shape, type: ElementType)],
    metadata: [(key: String, value: String)]
  ) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// Writes the file atomically, with one call of `content` per tensor; memory is allocated for the largest.
  ///
  /// Tensors are of one ``Precision``. Throws what `content` throws, and ``FileError`` in
  /// ``CheckpointError/file(_:)``.
  package func write(to path: String, _ content: Content) throws(CheckpointError) {
    try unsafe writeElements(
      to: path,
      { index, destination throws(CheckpointError) in
        if tensors[index].type == .float32 {
          return try unsafe content(index, destination.bindMemory(to: Float.self))
        }
        let bytes = tensors[index].shape.count * MemoryLayout<Float>.stride
        guard AvailableMemory.holds(bytes) else { throw .file(.outOfMemory(path: path, bytes: bytes)) }
        var values = [Float](repeating: 0, count: tensors[index].shape.count)
        try unsafe values.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
          try unsafe content(index, buffer)
        }
        let isHalf = tensors[index].type == .float16
        let narrow = unsafe destination.bindMemory(to: UInt16.self)
        for (place, value) in values.enumerated() {
          unsafe narrow[place] = isHalf ? Float16(value).bitPattern : value.bfloat16Bits
        }
      })
  }

  /// The same for elements of any type.
  package func writeElements(to path: String, _ content: Bytes) throws(CheckpointError) {
    // The file writer throws only file errors; an error of the content ends it and is stored here.
    var contentFailure: CheckpointError?
    do throws(FileError) {
      try unsafe AtomicFile.write(to: path) { append throws(FileError) in
        try unsafe header().withUnsafeBufferPointer { header throws(FileError) in
          try unsafe append(UnsafeRawBufferPointer(header))
        }
        for (index, tensor) in tensors.enumerated() {
          let bytes = tensor.shape.count * tensor.type.byteCount
          guard AvailableMemory.holds(bytes) else { throw .outOfMemory(path: path, bytes: bytes) }
          let elements = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
          defer { unsafe elements.deallocate() }
          unsafe elements.initializeMemory(as: UInt8.self, repeating: 0)
          do throws(CheckpointError) { try unsafe content(index, elements) } catch { contentFailure = error }
          guard contentFailure == nil else { throw .writeFailed(path: path, errno: 0) }
          try unsafe append(UnsafeRawBufferPointer(elements))
        }
      }
    } catch {
      throw contentFailure ?? .file(error)
    }
  }

  /// Writes all parameters except counters, filled from `source`, with one of them in memory at a time.
  ///
  /// Throws what `source` throws, and ``CheckpointError``.
  package static func write(
    _ parameters: [Parameter], from source: any ParameterSource, to path: String,
    metadata: [(key: String, value: String)] = []
  ) throws {
    let parameters = parameters.filter { $0.role != .counter }
    let writer = SafetensorsWriter(parameters.map { ($0.name, $0.shape) }, metadata: metadata)
    // The writer throws only its own errors; one of the source ends it and is stored here.
    var failure: (any Error)?
    do throws(CheckpointError) {
      try unsafe writer.write(to: path) { index, destination throws(CheckpointError) in
        do { try unsafe source.fill(parameters[index], destination) } catch { failure = error }
        if failure != nil { throw .file(.writeFailed(path: path, errno: 0)) }
      }
    } catch { throw failure ?? error }
  }

  /// Writes the tensors of `state`, in its order.
  package static func write(
    _ state: StateDict, to path: String, precision: Precision = .float32,
    metadata: [(key: String, value: String)] = []
  ) throws(CheckpointError) {
    let tensors = state.names.compactMap { name in state[name].map { (name: name, shape: $0.shape) } }
    let writer = SafetensorsWriter(tensors, precision: precision, metadata: metadata)
    try unsafe writer.write(to: path) { index, destination throws(CheckpointError) in
      guard let tensor = state[tensors[index].name] else { return }
      _ = unsafe destination.update(fromContentsOf: tensor.values)
    }
  }

  /// Length and JSON, padded so that the data begins at a multiple of 8.
  private func header() -> [UInt8] {
    var members: JSONObject = [:]
    if !metadata.isEmpty {
      var texts: JSONObject = [:]
      for (key, value) in metadata { texts.append(key, .string(value)) }
      members.append("__metadata__", .object(texts))
    }
    var offset = 0
    for (name, shape, type) in tensors {
      let end = offset + shape.count * type.byteCount
      members.append(
        name,
        [
          "dtype": .string(type.rawValue), "shape": .shape(shape),
          "data_offsets": [.integer(offset), .integer(end)],
        ])
      offset = end
    }
    var json = Array(members.text.utf8)
    json += [UInt8](repeating: 0x20, count: json.count.roundedUp(to: 8) - json.count)
    let length = UInt64(json.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + json
  }
}

extension Float {
  /// The upper half of the number, rounded to nearest, ties to even; a NaN stays one.
  var bfloat16Bits: UInt16 {
    if isNaN { return UInt16(truncatingIfNeeded: bitPattern >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bitPattern + 0x7fff + (bitPattern >> 16 & 1)) >> 16)
  }
}
