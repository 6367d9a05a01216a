import GraphIR
import Kernels
import TensorCore

/// Its input times a constant.
///
/// It tames the residual branches of Inception-ResNet-v2: Szegedy, Ioffe, Vanhoucke, Alemi, arXiv:1602.07261, section 3.3.
/// In inference a pass folds it into the convolution before it.
package struct Scale: Operator {
  package static let kind = "scale"

  /// The constant.
  package var factor: Double

  package var description: String { "× \(factor)" }
}

extension Scope {
  /// factor · x.
  package func scale(_ input: Value, by factor: Double) throws(GraphError) -> Value {
    try add("scale", Scale(factor: factor), input)
  }
}

extension Scale {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction(description, .other) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm { ONNXForm("Mul", .input(0), .float(Float(factor))) }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    factor == 1 ? .identity : .scale(.constant(factor))
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    ScaleRoutine(factor: Float(factor), input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    ScaleTraining(
      factor: Float(factor), forward: prepare(request.inference), input: request.inputGradients[0],
      gradient: request.outputGradient)
  }
}

private struct ScaleRoutine: PlainRoutine {
  let factor: Float
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "elementwise" }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.scaled(
      memory.input(0, input, from: first), by: factor, count: count, channels: input.channels,
      into: memory.output(output, from: first), kernels: .best)
  }
}

private struct ScaleTraining: PlainTraining {
  let factor: Float
  let forward: any Routine
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { input == nil ? 0 : PixelTiles(gradient).count }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let input else { return }
    let (first, count) = PixelTiles(gradient).pixels(of: item)
    Gradients.scaled(
      memory.gradient(gradient, from: first), by: factor, count: count, channels: gradient.channels,
      accumulates: input.accumulates, into: memory.gradient(ofInput: 0, input, from: first), kernels: .best)
  }
}
