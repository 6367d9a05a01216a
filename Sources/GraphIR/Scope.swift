import TensorCore

/// The builder of a graph, at one path in the network.
///
/// A scope knows its path, so a call like `net["layer1"]["0"].conv("conv1", x, to: 64, kernel: 3)` is all
/// that states the names, shapes and roles of an operator's parameters. Each operator in module `Ops` adds
/// its own method.
package struct Scope {
  private let construction: Construction
  private let path: String
  private let isAuxiliary: Bool

  fileprivate init(construction: Construction, path: String, isAuxiliary: Bool) {
    self.construction = construction
    self.path = path
    self.isAuxiliary = isAuxiliary
  }

  /// The scope of a part of this one.
  package subscript(name: String) -> Scope {
    Scope(construction: construction, path: join(path, name), isAuxiliary: isAuxiliary)
  }

  /// The scope of a numbered block.
  package subscript(index: Int) -> Scope { self[String(index)] }

  /// Adds an operator and returns its output.
  package func add(
    _ name: String, _ operation: some Operator, _ inputs: Value...
  ) throws(GraphError) -> Value {
    try add(name, operation, inputs)
  }

  /// Adds an operator and returns its output.
  package func add(
    _ name: String, _ operation: some Operator, _ inputs: [Value]
  ) throws(GraphError) -> Value {
    let node = join(path, name)
    let shapes = inputs.map(\.shape)
    let shape: Shape
    do {
      shape = try operation.outputShape(shapes)
    } catch {
      throw GraphError(node: node, reason: error)
    }
    guard shape.checkedCount != nil else { throw GraphError(node: node, reason: .tooLarge(shape)) }
    let output = Value(id: construction.nextValue(), shape: shape)
    let parameters = operation.parameters(shapes).map {
      ParameterExpression.stored(
        Parameter(
          name: join(node, $0.suffix), shape: $0.shape, role: $0.role, isAuxiliary: isAuxiliary,
          initial: $0.initial))
    }
    construction.nodes.append(
      Node(
        name: node, operation: operation, inputs: inputs, output: output, parameters: parameters,
        isAuxiliary: isAuxiliary))
    return output
  }

  /// Builds an auxiliary classifier at path `name`, which inference removes.
  package func auxiliary(
    _ name: String, lossWeight: Double, _ head: (Scope) throws(GraphError) -> Value
  ) throws(GraphError) {
    let scope = Scope(construction: construction, path: join(path, name), isAuxiliary: true)
    let logits = try head(scope)
    construction.auxiliaries.append(
      AuxiliaryOutput(name: scope.path, logits: logits, lossWeight: lossWeight))
  }

  private func join(_ path: String, _ name: String) -> String {
    path.isEmpty ? name : name.isEmpty ? path : path + "." + name
  }
}

extension Graph {
  /// Builds a network for images of `input`, `[N, C, H, W]`.
  package static func build(
    input shape: Shape, _ body: (_ image: Value, _ net: Scope) throws(GraphError) -> Value
  ) throws(GraphError) -> Graph {
    guard shape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw GraphError(node: "input", reason: .empty(shape))
    }
    let construction = Construction()
    let image = Value(id: construction.nextValue(), shape: shape)
    let logits = try body(
      image, Scope(construction: construction, path: "", isAuxiliary: false))
    return Graph(
      input: image, output: logits, nodes: construction.nodes, auxiliaries: construction.auxiliaries)
  }
}

/// The graph under construction, shared by all its scopes.
private final class Construction {
  var nodes: [Node] = []
  var auxiliaries: [AuxiliaryOutput] = []
  private var values = 0

  func nextValue() -> Int {
    defer { values += 1 }
    return values
  }
}
