import GraphIR
import Kernels
import TensorCore

/// The elementwise sum of two tensors of the same shape, with the activation that a pass has fused in.
package struct Add: Operator {
  package static let kind = "add"

  /// The fused activation, applied to the sum.
  package var activation = Activation.identity

  package var description: String { activation == .identity ? "" : activation.description }
}

extension Scope {
  /// left + right.
  package func sum(_ left: Value, _ right: Value) throws(GraphError) -> Value {
    try add("add", Add(), left, right)
  }
}

extension Add {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0] == inputs[1] else { throw .mismatch(expected: inputs[0], found: inputs[1]) }
    return inputs[0]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("+", .sum) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.finish(adding: .input(1), activation)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    .sum(activation)
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? {
    guard case .activation(let next) = neighbor, activation == .identity, next.canBeFused(for: mode) else {
      return nil
    }
    var fused = self
    fused.activation = next
    return Fusion(fused, parameters)
  }

  /// The gradient of a sum is that of each of its terms.
  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? {
    direction == .backward ? 0 : nil
  }

  package func byteForm(_ inputs: [Shape]) -> ByteForm {
    Int8Elementwise.rounds(activation) ? .rounded : .none
  }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    request.output.quantization == nil
      ? AddRoutine(
        left: request.inputs[0], right: request.inputs[1], output: request.output,
        activation: activation)
      : ByteAddRoutine(
        left: request.inputs[0], right: request.inputs[1], output: request.output,
        activation: activation)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    AddTraining(
      forward: prepare(request.inference), output: request.output, inputs: request.inputGradients,
      gradient: request.outputGradient, activation: activation)
  }
}

private struct AddRoutine: PlainRoutine {
  let left: ActivationLayout
  let right: ActivationLayout
  let output: ActivationLayout
  let activation: Activation

  var algorithm: String { "elementwise" }
  var workItems: [Int] { [PixelTiles(output).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(output).pixels(of: item)
    Elementwise.add(
      memory.input(0, left, from: first), memory.input(1, right, from: first), count: count,
      channels: output.channels, activation, into: memory.output(output, from: first), kernels: .best)
  }
}

private struct ByteAddRoutine: PlainRoutine {
  let left: ActivationLayout
  let right: ActivationLayout
  let output: ActivationLayout
  let activation: Activation

  var algorithm: String { "int8_elementwise" }
  var workItems: [Int] { [PixelTiles(output).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(output).pixels(of: item)
    Int8Elementwise.add(
      memory.bytes(ofInput: 0, left, from: first), memory.bytes(ofInput: 1, right, from: first), count: count,
      channels: output.channels, activation, into: memory.outputBytes(output, from: first), kernels: .best)
  }
}

/// Both terms get the gradient in front of the activation.
private struct AddTraining: PlainTraining {
  let forward: any Routine
  let output: ActivationLayout
  let inputs: [GradientRequest?]
  let gradient: ActivationLayout
  let activation: Activation

  var savedTensors: SavedTensors { SavedTensors(inputs: [false, false], output: activation != .identity) }
  var backwardItems: Int { PixelTiles(output).count }

  func runBackward(item: Int, memory: TrainingMemory) {
    let (first, count) = PixelTiles(output).pixels(of: item)
    let pixels = memory.gradient(gradient, from: first)
    if activation != .identity {
      Gradients.activation(
        activation, at: Pixels(memory.output(output, from: first)), gradient: pixels, count: count,
        channels: output.channels, accumulates: false, into: pixels, kernels: .best)
    }
    // A term whose gradient shares the memory of the sum's gradient has it already.
    for case (let index, let input?) in inputs.enumerated() where !input.inPlace || input.accumulates {
      Gradients.scaled(
        pixels, count: count, channels: output.channels, accumulates: input.accumulates,
        into: memory.gradient(ofInput: index, input, from: first), kernels: .best)
    }
  }
}
