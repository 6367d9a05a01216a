import TensorCore

/// What a node of the graph does: its attributes, and every rule that follows from them.
///
/// There are no default implementations: the compiler lists what a new operator lacks, and no
/// pass or report asks for its type. The members stand in this order in every file of module `Ops`.
package protocol Operator: Hashable, Sendable, CustomStringConvertible {
  /// The field's word for it: `conv`, `batch_norm`, `max_pool`. Stable: it appears in JSON.
  static var kind: String { get }

  /// Shape of the output. Throws where the inputs do not fit the attributes.
  func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape

  /// Which input pixels one output pixel sees.
  func footprint(_ inputs: [Shape]) -> Footprint

  /// Tensors that the checkpoint holds for this node.
  func parameters(_ inputs: [Shape]) -> [ParameterSpec]

  /// What tools and papers count of it.
  func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork

  /// How it is drawn; `nil` where arrows pass through.
  func depiction(_ output: Shape) -> Depiction?

  /// What it is in ONNX, for a network of any batch; parameters are in the order of ``parameters(_:)``, with those that
  /// fusions have added behind them.
  func onnx(_ inputs: [Shape]) -> ONNXForm

  /// What it computes in inference. `parameters` are those of its node.
  func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics

  /// The operator with a neighbor fused in, or `nil` where it does not take it.
  ///
  /// `parameters` are those of its node.
  func fusing(_ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode) -> Fusion?

  /// Where an input may lie so that nothing has to be copied, in channels from the output's first; `nil` where it needs
  /// memory of its own.
  ///
  /// An input with more channels than the output is not inside the output but around it, at 0 or less.
  ///
  /// In the backward pass, where the gradient of the input may lie inside that of the output.
  func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int?

  /// How it computes where values are bytes.
  func byteForm(_ inputs: [Shape]) -> ByteForm

  /// Whether it computes a request whose feature maps are bfloat16 from them and to them, without floats between.
  ///
  /// Vectors and single pixels among its operands are floats.
  func computesBFloat16(_ request: RoutineRequest) -> Bool

  /// The choice between algorithms for a request; `nil` where there is none.
  func tuningProblem(_ request: RoutineRequest) -> TuningProblem?

  /// Chooses an algorithm for concrete layouts. All choices of an operator stand in this function.
  ///
  /// Layouts are bytes only as ``byteForm(_:)`` says, and bfloat16 only as ``computesBFloat16(_:)`` does.
  func prepare(_ request: RoutineRequest) -> any Routine

  /// Chooses the algorithms of a training step.
  func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine
}

extension Operator {
  /// ``kind`` of a value whose type is not known statically.
  package var kind: String { Self.kind }

  /// Most operators compute floats.
  package func computesBFloat16(_ request: RoutineRequest) -> Bool { false }
}
