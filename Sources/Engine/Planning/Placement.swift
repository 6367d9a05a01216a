import GraphIR
import TensorCore

/// Which values share memory, and where in it each one lies.
///
/// A concatenation needs no copy where its inputs are written straight into its buffer, each at its
/// channels; flattening a single pixel needs none at all, and a slice of the channels is a view of its input. Nodes are visited from last to first, so an inner
/// concatenation already lies inside the outer one, and all layers of a DenseNet block end up in a single
/// buffer. Where gradients are placed, a sum passes its own on to one of its terms, so that those along the
/// shortcuts of a stage are one buffer, too.
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

  private let direction: Direction

  /// Places the values of a graph, or their gradients.
  ///
  /// - Parameters:
  ///   - graph: the graph.
  ///   - disabled: what is switched off, by name; with ``Plan/sharing`` every value has a storage of its own.
  ///   - direction: whether values are placed, which flow forward, or gradients, which flow backward.
  ///   - mayShare: whether an input may lie inside the output of the node that reads it, by the node's index.
  init(
    _ graph: Graph, disabled: Set<String>, _ direction: Direction = .forward,
    mayShare: (_ input: Value, _ node: Int) -> Bool = { _, _ in true }
  ) {
    self.direction = direction
    let producers = Set(graph.nodes.map(\.output.id))
    let views = disabled.contains(Plan.sharing) ? [] : graph.nodes.filter { $0.isView(direction) }
    let viewed = Set(views.map(\.output.id))
    for (index, node) in graph.nodes.enumerated().reversed() where !viewed.contains(node.output.id) {
      let output = place(node.output)
      if disabled.contains(Plan.sharing) { continue }
      var taken: [Range<Int>] = []
      for (position, input) in node.inputs.enumerated() {
        // The image is written before the plan runs, and one value cannot lie in two places.
        guard let channel = node.channelOffset(ofInput: position, direction),
          let offset = input.floats(ofChannels: channel), producers.contains(input.id),
          !viewed.contains(input.id), places[input.id] == nil, node.inputs.count(where: { $0 == input }) == 1,
          mayShare(input, index)
        else { continue }
        // Two terms of a sum would lie in the same place.
        let channels = channel..<channel + input.shape.channels
        guard !taken.contains(where: channels.overlaps) else { continue }
        taken.append(channels)
        places[input.id] = Place(
          storage: output.storage, offset: output.offset + offset,
          layout: ActivationLayout(
            input.shape, pixelStride: output.layout.pixelStride, format: input.format))
      }
    }
    _ = place(graph.input)
    for view in views {
      let whole = place(view.inputs[0])
      let channel = view.channelOffset(ofInput: 0, direction) ?? 0
      places[view.output.id] = Place(
        storage: whole.storage, offset: whole.offset - (view.output.floats(ofChannels: channel) ?? 0),
        layout: ActivationLayout(
          view.output.shape, pixelStride: whole.layout.pixelStride, format: view.output.format))
    }
  }

  /// The place of a value; a storage of its own if it has none yet.
  private mutating func place(_ value: Value) -> Place {
    if let place = places[value.id] { return place }
    let layout = ActivationLayout(value)
    let place = Place(storage: storageCounts.count, offset: 0, layout: layout)
    storageCounts.append(layout.extent)
    places[value.id] = place
    return place
  }

  /// How a value lies; every value of the graph has a place.
  func layout(of value: Value) -> ActivationLayout {
    places[value.id]?.layout ?? ActivationLayout(value)
  }

  /// For each input of a node, whether it already lies where the output needs it.
  func inPlace(_ node: Node) -> [Bool] {
    node.inputs.enumerated().map { position, input in
      guard let output = places[node.output.id], let place = places[input.id],
        let channel = node.channelOffset(ofInput: position, direction),
        let offset = input.floats(ofChannels: channel)
      else { return false }
      return place.storage == output.storage && place.offset == output.offset + offset
    }
  }
}

extension Plan {
  /// Name by which the sharing of memory between values can be switched off.
  package static let sharing = "alias_concat"
}

extension Node {
  /// Whether the output may lie inside the first input.
  fileprivate func isView(_ direction: Direction) -> Bool {
    guard let channel = channelOffset(ofInput: 0, direction) else { return false }
    return inputs[0].shape.channels > output.shape.channels && output.floats(ofChannels: channel) != nil
  }

  /// Where an input may lie inside the output, which stores numbers in the same way.
  fileprivate func channelOffset(ofInput index: Int, _ direction: Direction) -> Int? {
    inputs[index].format == output.format
      ? operation.channelOffset(ofInput: index, inputs.map(\.shape), direction) : nil
  }
}

extension Value {
  /// Floats of memory that `count` channels of a pixel take; `nil` where they are no whole number.
  fileprivate func floats(ofChannels count: Int) -> Int? {
    let bytes = count * format.size
    return bytes.isMultiple(of: MemoryLayout<Float>.stride) ? bytes / MemoryLayout<Float>.stride : nil
  }
}

extension ActivationLayout {
  /// How a value lies that has a storage of its own.
  fileprivate init(_ value: Value) { self.init(value.shape, format: value.format) }
}
