import TensorCore

/// What a node of the graph does: its attributes, and every rule that follows from them.
///
/// There are no default implementations: whoever adds an operator is told by the compiler what is
/// still missing, and nothing is silently free. The members stand in this order in every file of
/// module `Ops`.
package protocol Operator: Hashable, Sendable, CustomStringConvertible {
  /// The field's word for it: `conv`, `batch_norm`, `max_pool`. Stable: it appears in JSON.
  static var kind: String { get }

  /// Shape of the output. Throws where the inputs do not fit the attributes.
  func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape

  /// MACs and bytes for given shapes.
  func cost(_ inputs: [Shape], _ output: Shape) -> Cost

  /// Which input pixels one output pixel sees.
  func footprint(_ inputs: [Shape]) -> Footprint

  /// Tensors that the checkpoint holds for this node.
  func parameters(_ inputs: [Shape]) -> [ParameterSpec]

  /// Chooses an algorithm for concrete layouts. All choices of an operator stand in this function.
  func prepare(_ request: RoutineRequest) -> any Routine

  /// Chooses the algorithms of a step of training.
  func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine
}

extension Operator {
  /// ``kind`` of a value whose type is not known statically.
  package var kind: String { Self.kind }
}

/// Which input pixels an output pixel sees: what a receptive field is computed from.
package enum Footprint: Hashable, Sendable {
  /// The pixel at the same place.
  case pixel
  /// A window, by height and width.
  case window(kernel: [Int], stride: [Int], dilation: [Int])
  /// Every pixel.
  case whole
}
