import GraphIR
import Ops
import TensorCore

/// Which values share memory, and where in it each one lies.
///
/// A concatenation needs no copy where its inputs are written straight into its buffer, each at its
/// channels; a flattening of one pixel needs none at all. Going from the last node to the first, an
/// inner concatenation finds itself placed inside the outer one already, so that all layers of a
/// DenseNet block end up in a single buffer. Where gradients are placed, a sum hands its own on to one of its terms,
/// so that those along the shortcuts of a stage are one buffer, too.
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

  private let ofGradients: Bool

  /// Places the values of a graph, or their gradients.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - disabled: passes that are switched off; `alias_concat` gives every value a storage of its own.
  ///   - ofGradients: whether these are gradients.
  ///   - mayShare: whether an input may lie where the output of the node is that reads it, by the node's index.
  init(
    _ graph: Graph, disabled: Set<String>, ofGradients: Bool = false,
    mayShare: (_ input: Value, _ node: Int) -> Bool = { _, _ in true }
  ) {
    self.ofGradients = ofGradients
    let producers = Set(graph.nodes.map(\.output.id))
    for (index, node) in graph.nodes.enumerated().reversed() {
      let output = place(node.output)
      if disabled.contains("alias_concat") { continue }
      for (position, input) in node.inputs.enumerated() {
        // The image is written before the plan runs, and one value cannot lie in two places.
        guard let offset = sharedOffset(node, position), producers.contains(input.id),
          places[input.id] == nil, mayShare(input, index)
        else { continue }
        places[input.id] = Place(
          storage: output.storage, offset: output.offset + offset,
          layout: ActivationLayout(input.shape, pixelStride: output.layout.pixelStride))
        // Terms of a sum would lie in the same place.
        if node.operation is Add { break }
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

  /// Floats from the start of a node's output to where an input may lie so that nothing needs copying.
  private func sharedOffset(_ node: Node, _ position: Int) -> Int? {
    switch node.operation {
    case is Concat: node.inputs[..<position].reduce(0) { $0 + $1.shape.channels }
    case is Flatten: node.inputs[0].shape.height * node.inputs[0].shape.width == 1 ? 0 : nil
    case is Add: ofGradients ? 0 : nil
    case let norm as BatchNorm:
      ofGradients && norm.addsResidual && position == 1 && node.inputs[0] != node.inputs[1] ? 0 : nil
    default: nil
    }
  }

  /// For each input of a node, whether it lies already where the output needs it.
  func inPlace(_ node: Node) -> [Bool] {
    node.inputs.enumerated().map { position, input in
      guard let output = places[node.output.id], let place = places[input.id],
        let offset = sharedOffset(node, position)
      else { return false }
      return place.storage == output.storage && place.offset == output.offset + offset
    }
  }
}
