import Files
import TensorCore
import Text

/// Writes safetensors; the same tensors always give the same bytes.
package struct SafetensorsWriter: Sendable {
  /// The type of the written elements.
  package enum Precision: Sendable {
    /// Unchanged.
    case float32
    /// Rounded to nearest, ties to even; beyond 65504 they become infinite.
    case float16

    fileprivate var elementType: ElementType { self == .float32 ? .float32 : .float16 }
  }

  /// Fills a buffer with the elements of the tensor at an index.
  package typealias Content =
    (_ index: Int, _ destination: UnsafeMutableBufferPointer<Float>) throws(CheckpointError) -> Void

  private let tensors: [(name: String, shape: Shape)]
  private let precision: Precision
  private let metadata: [(key: String, value: String)]

  /// A writer for tensors in the order given.
  ///
  /// Names are distinct, and none is `__metadata__`.
  package init(
    _ tensors: [(name: String, shape: Shape)], precision: Precision = .float32,
    metadata: [(key: String, value: String)] = []
  ) {
    self.tensors = tensors
    self.precision = precision
    self.metadata = metadata
  }

  /// Writes the file atomically, with one call of `content` per tensor; memory is allocated for the largest.
  ///
  /// Throws what `content` throws, and ``FileError`` in ``CheckpointError/file(_:)``.
  package func write(to path: String, _ content: Content) throws(CheckpointError) {
    // The file writer throws only file errors; an error of the content ends it and is stored here.
    var contentFailure: CheckpointError?
    do throws(FileError) {
      try unsafe AtomicFile.write(to: path) { append throws(FileError) in
        let header = self.header()
        try unsafe Self.append(header, append)
        for (index, tensor) in tensors.enumerated() {
          var values = [Float](repeating: 0, count: tensor.shape.count)
          unsafe values.withUnsafeMutableBufferPointer { buffer in
            do throws(CheckpointError) { try unsafe content(index, buffer) } catch { contentFailure = error }
          }
          guard contentFailure == nil else { throw .writeFailed(path: path, errno: 0) }
          switch precision {
          case .float32: try unsafe Self.append(values, append)
          case .float16: try unsafe Self.append(values.map { Float16($0).bitPattern }, append)
          }
        }
      }
    } catch {
      throw contentFailure ?? .file(error)
    }
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
    let type = precision.elementType
    for (name, shape) in tensors {
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

  private static func append<Element: BitwiseCopyable>(
    _ values: [Element], _ append: (UnsafeRawBufferPointer) throws(FileError) -> Void
  ) throws(FileError) {
    try unsafe values.withUnsafeBufferPointer { buffer throws(FileError) in
      try unsafe append(UnsafeRawBufferPointer(buffer))
    }
  }
}
