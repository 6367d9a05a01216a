import GraphIR
import TensorCore

/// What a node of a training plan saves for its backward pass, each value counted once: for the first node in order whose
/// backward pass reads it.
package struct SavedBytes: Hashable, Sendable {
  /// Path of the node.
  package let node: String
  /// Bytes of its inputs, and of the batch statistics.
  package fileprivate(set) var inputs = 0
  /// Bytes of its output.
  package fileprivate(set) var output = 0

  /// Bytes of everything.
  package var total: Int { inputs + output }

  /// Counts the bytes of every node of a graph.
  ///
  /// - Parameters:
  ///   - graph: the graph that is trained.
  ///   - learns: for each node, whether it has a backward pass.
  ///   - savedTensors: for each node, what its backward pass reads.
  ///   - values: where values lie. A value inside a concatenation is counted by itself.
  ///   - lifetimes: until when they live.
  ///   - loss: the moment after which only saved tensors still live.
  /// - Returns: what each node saves, in the order of the nodes.
  static func count(
    _ graph: Graph, learns: [Bool], savedTensors: [SavedTensors], values: Placement, lifetimes: Lifetimes,
    after loss: Int
  ) -> [SavedBytes] {
    var counts = graph.nodes.map { SavedBytes(node: $0.name) }
    // Which channels of a storage have been counted, and the node that counted the first of them.
    var counted: [Int: (channels: [Bool], node: Int)] = [:]
    func channels(_ value: Value, of node: Int) -> Int {
      guard let place = values.places[value.id] else { return 0 }
      let stride = place.layout.pixelStride
      var storage = counted[place.storage] ?? (Array(repeating: false, count: stride), node)
      let new = (place.offset..<place.offset + place.layout.channels).filter { !storage.channels[$0] }
      for channel in new { storage.channels[channel] = true }
      counted[place.storage] = storage
      return new.count * place.layout.pixels * MemoryLayout<Float>.stride
    }
    for (index, node) in graph.nodes.enumerated() where learns[index] {
      counts[index].inputs = savedTensors[index].statisticsCount * MemoryLayout<Float>.stride
      for (input, isRead) in zip(node.inputs, savedTensors[index].inputs) where isRead {
        counts[index].inputs += channels(input, of: index)
      }
      if savedTensors[index].output { counts[index].output = channels(node.output, of: index) }
    }
    // A storage lives as a whole: channels that nothing reads go to the node for which it is saved.
    for (storage, (channels, node)) in counted where lifetimes.savesStorage(storage, after: loss) {
      let pixels = values.storageCounts[storage] / max(channels.count, 1)
      counts[node].inputs += channels.count { !$0 } * pixels * MemoryLayout<Float>.stride
    }
    return counts
  }
}

extension Lifetimes {
  /// Whether a storage is still needed after a step.
  fileprivate func savesStorage(_ storage: Int, after step: Int) -> Bool {
    ofStorages[storage].map { $0.upperBound > step } ?? false
  }
}

extension TrainingPlan {
  /// The bytes that each node of `network` keeps, where `network` is the graph that was planned.
  ///
  /// A pass merges nodes into the first of them, which keeps its name and its first input and then makes the output of
  /// the last: bytes of inputs count for the first, those of the output for the last.
  package func savedBytes(in network: Graph) -> [Int] {
    var bytes = network.nodes.map { _ in 0 }
    let producers = Dictionary(
      network.nodes.enumerated().map { ($0.element.output.id, $0.offset) }, uniquingKeysWith: { $1 })
    var next = 0
    for (node, saved) in zip(graph.nodes, memory.kept) {
      guard let last = producers[node.output.id], next <= last else { continue }
      let first =
        network.nodes[next...last].firstIndex { $0.name == node.name && $0.inputs[0] == node.inputs[0] }
        ?? last
      bytes[first] += saved.inputs
      bytes[last] += saved.output
      next = first + 1
    }
    return bytes
  }
}
