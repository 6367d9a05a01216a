import Engine
import Files
import GraphIR
import ONNXSchema
import SwiftProtobuf
import TensorCore

/// Writes a network in ONNX: version 17 of the standard's operators, the batch left open.
package struct ONNXFile {
  private let model: Onnx_ModelProto
  private let graph: ONNXGraph

  /// Version of the operators `ai.onnx`.
  package static let operatorSet = 17
  /// Version of the format, the one that came with ``operatorSet``.
  private static let format = Onnx_Version.irVersion2021730

  /// Translates a network.
  ///
  /// - Parameters:
  ///   - network: The graph as the architecture builds it, of any batch.
  ///   - name: The network's name.
  ///   - foldsNorms: Whether batch norms and scales become part of the convolutions before them.
  ///   - version: The version of this program.
  ///   - metadata: What is known about the network and its weights.
  ///   - isBFloat16: Whether a parameter is stored in bfloat16.
  package init(
    _ network: Graph, name: String, foldsNorms: Bool, version: String,
    metadata: [(key: String, value: String)], isBFloat16: (Parameter) -> Bool = { _ in false }
  ) {
    self.init(
      ONNXGraph(network.simplified(foldsNorms: foldsNorms), name: name, isBFloat16: isBFloat16),
      version: version, metadata: metadata)
  }

  /// Wraps a graph.
  ///
  /// - Parameters:
  ///   - graph: The graph.
  ///   - version: The version of this program.
  ///   - metadata: What is known about the network and its weights.
  package init(_ graph: ONNXGraph, version: String, metadata: [(key: String, value: String)]) {
    self.graph = graph
    var model = Onnx_ModelProto()
    model.irVersion = Int64(Self.format.rawValue)
    model.producerName = "cnnzoo"
    model.producerVersion = version
    var operators = Onnx_OperatorSetIdProto()
    operators.version = Int64(Self.operatorSet)
    model.opsetImport = [operators]
    model.metadataProps = entries(metadata)
    self.model = model
  }

  /// What fits into a message together with the nodes, which take kilobytes.
  package static let largestMessage = 2_000_000_000

  /// Writes the file atomically, with one tensor in memory at a time.
  ///
  /// A message of protobuf holds less than 2 GiB. The tensors of a larger network follow each other in a file of their own,
  /// `path` with `.data` behind it, which is written first.
  ///
  /// - Parameters:
  ///   - path: Where the file goes.
  ///   - source: The values of the parameters.
  ///   - most: Bytes of tensors up to which they are part of the file.
  /// - Throws: What `source` throws, and ``FileError``.
  package func write(
    to path: String, parameters source: any ParameterSource, most: Int = ONNXFile.largestMessage
  ) throws {
    if graph.tensors.reduce(0, { $0 + $1.byteCount }) <= most {
      return try Self.write(parts(), to: path, source)
    }
    let data = path + ".data"
    try Self.write(graph.tensors.map { ([], $0) }, to: data, source)
    try Self.write(parts(dataFile: data.split(separator: "/").last.map(String.init)), to: path, source)
  }

  /// Bytes of a file, followed by the elements of a tensor.
  private typealias Part = (bytes: [UInt8], elements: ONNXTensor?)

  /// The model, the graph in it, and its tensors one by one; their elements stand in `dataFile` if it is given.
  private func parts(dataFile: String? = nil) throws -> [Part] {
    let nodes: [UInt8] = try graph.proto.serializedBytes()
    var parts: [Part] = []
    var (length, offset) = (nodes.count, 0)
    for tensor in graph.tensors {
      var proto = Onnx_TensorProto(tensor.name, tensor.shape, tensor.type)
      if let dataFile {
        proto.dataLocation = .external
        proto.externalData = entries([
          ("location", dataFile), ("offset", "\(offset)"), ("length", "\(tensor.byteCount)"),
        ])
      }
      var bytes: [UInt8] = try proto.serializedBytes()
      let elements = dataFile == nil ? tensor : nil
      if let elements { bytes += Self.field(Field.rawData, length: elements.byteCount) }
      let count = elements?.byteCount ?? 0
      bytes = Self.field(Field.initializer, length: bytes.count + count) + bytes
      parts.append((bytes, elements))
      length += bytes.count + count
      offset += tensor.byteCount
    }
    let head: [UInt8] = try model.serializedBytes()
    return [(head + Self.field(Field.graph, length: length) + nodes, nil)] + parts
  }

  /// Writes the parts, reading the elements as they are written.
  private static func write(_ parts: [Part], to path: String, _ source: any ParameterSource) throws {
    // The file writer throws only file errors; an error of the source ends it and is stored here.
    var failure: (any Error)?
    do throws(FileError) {
      try unsafe AtomicFile.write(to: path) { append throws(FileError) in
        for (bytes, tensor) in parts {
          try unsafe bytes.withUnsafeBufferPointer { bytes throws(FileError) in
            try unsafe append(UnsafeRawBufferPointer(bytes))
          }
          guard let tensor else { continue }
          guard AvailableMemory.holds(tensor.byteCount) else {
            throw .outOfMemory(path: path, bytes: tensor.byteCount)
          }
          var elements: [UInt8] = []
          do { elements = try tensor.elements(from: source) } catch { failure = error }
          if failure != nil { throw .writeFailed(path: path, errno: 0) }
          try unsafe elements.withUnsafeBufferPointer { elements throws(FileError) in
            try unsafe append(UnsafeRawBufferPointer(elements))
          }
        }
      }
    } catch { throw failure ?? error }
  }

  /// Numbers of fields in onnx.proto whose content is written piece by piece.
  private enum Field {
    static let graph = 7
    static let initializer = 5
    static let rawData = 9
  }

  /// The head of a length-delimited field, type 2 of protobuf's encoding.
  private static func field(_ number: Int, length: Int) -> [UInt8] {
    var bytes = [UInt8(number << 3 | 2)]
    var rest = length
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7f | 0x80))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

/// Pairs of texts in ONNX's form.
private func entries(_ texts: [(key: String, value: String)]) -> [Onnx_StringStringEntryProto] {
  texts.map { key, value in
    var entry = Onnx_StringStringEntryProto()
    (entry.key, entry.value) = (key, value)
    return entry
  }
}
