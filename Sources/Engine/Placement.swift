import GraphIR
import Ops
import TensorCore

/// Which values share memory, and where in it each one lies.
///
/// A concatenation needs no copy where its inputs are written straight into its buffer, each at its
/// channels; a flattening of one pixel needs none at all. Going from the last node to the first, an
/// inner concatenation finds itself placed inside the outer one already, so that all layers of a
/// DenseNet block end up in a single buffer.
struct Placement: Sendable {
  /// Where one value lies.
  struct Place: Hashable, Sendable {
    /// The storage, numbered from 0.
    let storage: Int
    /// Floats from the start of the storage to the value's first element.
    let offset: Int
    /// How its pixels follow each other.
    let layout: ActivationLayout
  }

  /// The place of each value, by value id.
  private(set) var places: [Int: Place] = [:]
  /// Floats of each storage.
  private(set) var storageCounts: [Int] = []

  /// Places the values of a graph, or their gradients.
  ///
  /// `mayShare` says of an input and the index of the node that reads it whether it may lie where that
  /// node's output is.
  init(
    _ graph: Graph, disabled: Set<String>,
    mayShare: (_ input: Value, _ node: Int) -> Bool = { _, _ in true }
  ) {
    let producers = Set(graph.nodes.map(\.output.id))
    for (index, node) in graph.nodes.enumerated().reversed() {
      let output = place(node.output)
      if disabled.contains("alias_concat") { continue }
      switch node.operation {
      case is Concat:
        var channel = 0
        for input in node.inputs {
          // The picture is written before the plan runs, and one value cannot lie in two places.
          if producers.contains(input.id) && places[input.id] == nil && mayShare(input, index) {
            places[input.id] = Place(
              storage: output.storage, offset: output.offset + channel,
              layout: ActivationLayout(input.shape, pixelStride: output.layout.pixelStride))
          }
          channel += input.shape.channels
        }
      case is Flatten:
        let input = node.inputs[0]
        if input.shape.height * input.shape.width == 1 && places[input.id] == nil && mayShare(input, index) {
          places[input.id] = Place(
            storage: output.storage, offset: output.offset,
            layout: ActivationLayout(input.shape, pixelStride: output.layout.pixelStride))
        }
      default:
        break
      }
    }
    _ = place(graph.input)
  }

  /// The place of a value; a storage of its own if it has none yet.
  private mutating func place(_ value: Value) -> Place {
    if let place = places[value.id] { return place }
    let layout = ActivationLayout(value.shape)
    let place = Place(storage: storageCounts.count, offset: 0, layout: layout)
    storageCounts.append(layout.extent)
    places[value.id] = place
    return place
  }

  /// How a value lies; every value of the graph has a place.
  func layout(of value: Value) -> ActivationLayout {
    places[value.id]?.layout ?? ActivationLayout(value.shape)
  }

  /// For each input of a node, whether it lies already where the output needs it.
  func inPlace(_ node: Node) -> [Bool] {
    guard let output = places[node.output.id] else { return node.inputs.map { _ in false } }
    var channel = 0
    return node.inputs.map { input in
      defer { channel += input.shape.channels }
      guard let place = places[input.id] else { return false }
      return place.storage == output.storage && place.offset == output.offset + channel
    }
  }
}
