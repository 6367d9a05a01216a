import GraphIR
import TensorCore

/// Tensors in memory, by name, in the order in which they were added.
package struct StateDict: ParameterSource {
  /// Names in order.
  package private(set) var names: [String] = []
  private var tensors: [String: (shape: Shape, values: [Float])] = [:]

  /// An empty dictionary.
  package init() {}

  /// All parameters except counters, filled from `source`; rethrows its errors.
  package init(_ parameters: [Parameter], from source: any ParameterSource) throws {
    for parameter in parameters where parameter.role != .counter {
      var values = [Float](repeating: 0, count: parameter.shape.count)
      try unsafe values.withUnsafeMutableBufferPointer { try unsafe source.fill(parameter, $0) }
      set(parameter.name, shape: parameter.shape, values)
    }
  }

  /// Every tensor of `checkpoint`.
  package init(_ checkpoint: Checkpoint) throws(CheckpointError) {
    try checkpoint.requireReadable()
    for tensor in checkpoint.tensors {
      try checkpoint.checkMemory(tensor.shape.count * MemoryLayout<Float>.stride)
      var values = [Float](repeating: 0, count: tensor.shape.count)
      try unsafe values.withUnsafeMutableBufferPointer { buffer throws(CheckpointError) in
        try unsafe checkpoint.read(tensor, into: buffer)
      }
      set(tensor.name, shape: tensor.shape, values)
    }
  }

  /// The tensor called `name`.
  package subscript(name: String) -> (shape: Shape, values: [Float])? { tensors[name] }

  /// Adds a tensor, or replaces the one of that name.
  ///
  /// There must be as many `values` as `shape` has elements.
  package mutating func set(_ name: String, shape: Shape, _ values: [Float]) {
    precondition(values.count == shape.count, "\(name): \(values.count) values for \(shape)")
    if tensors.updateValue((shape, values), forKey: name) == nil { names.append(name) }
  }

  /// Copies the tensor of `parameter`.
  ///
  /// Throws ``CheckpointError/notHeld(source:parameter:)``.
  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    guard let tensor = tensors[parameter.name], tensor.values.count == destination.count else {
      throw CheckpointError.notHeld(source: "state dict", parameter: Label(parameter.name))
    }
    _ = unsafe destination.update(fromContentsOf: tensor.values)
  }
}
