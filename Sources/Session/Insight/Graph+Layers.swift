import GraphIR
import TensorCore

extension Graph {
  /// The word for the input of the last layer that has parameters, the classifier.
  package static let penultimate = "penultimate"

  /// The result of a layer: of the last operator at path `name` or below it, or ``penultimate``.
  ///
  /// `nil` if there is no such layer.
  package func value(ofLayer name: String) -> Value? {
    name == Self.penultimate ? classifier?.inputs[0] : withoutAuxiliaries().value(of: name)
  }

  /// The last layer that has parameters.
  private var classifier: Node? { nodes.last { !$0.isAuxiliary && !$0.parameters.isEmpty } }

  /// The path of the layer whose feature maps the classifier sees last, before they are pooled to a pixel or flattened.
  ///
  /// `nil` where there are none.
  package var lastFeatureMaps: String? {
    guard let classifier else { return nil }
    return nodes.prefix { $0.output != classifier.output }.last {
      !$0.isAuxiliary && $0.output.shape.rank == 4 && $0.output.shape.height * $0.output.shape.width > 1
    }?.name
  }

  /// The paths of layers, nearest to `name` first.
  package func layers(near name: String) -> [String] {
    var paths: Set<String> = []
    for node in nodes where !node.isAuxiliary {
      let parts = node.name.split(separator: ".")
      for count in 1...parts.count { paths.insert(parts.prefix(count).joined(separator: ".")) }
    }
    let near = paths.compactMap { path in
      editDistance(name, path, limit: max(name.utf8.count / 2, 1)).map { (distance: $0, path: path) }
    }
    return near.sorted { ($0.distance, $0.path) < ($1.distance, $1.path) }.map(\.path)
  }
}
