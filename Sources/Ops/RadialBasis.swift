import GraphIR
import TensorCore

/// Radial basis units: the negative squared distance of vectors `[N, I]` to each of O fixed codes.
///
/// This is equation 7 of LeCun and others, 1998, with the opposite sign: the best class has the highest
/// score.
package struct RadialBasis: Operator {
  package static let kind = "radial_basis"

  /// Number of codes, O.
  package var features: Int

  package var description: String { "\(features) codes" }
}

extension Scope {
  /// The negative squared distance to each of `features` codes.
  package func radialBasis(
    _ name: String, _ input: Value, to features: Int
  ) throws(GraphError) -> Value {
    try add(name, RadialBasis(features: features), input)
  }
}

extension RadialBasis {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    [try inputs[0].asVectors().batch, features]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .whole }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    [ParameterSpec("codes", [features, inputs[0].channels], role: .buffer, initial: .fixed)]
  }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("\(features) radial basis units", .linear)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.add("Unsqueeze", .input(0), .integers([1]))
    form.add("Sub", form.output, .parameter(0))
    form.add(
      "ReduceSumSquare", form.output, attributes: [("axes", .integers([2])), ("keepdims", .integer(0))])
    form.add("Neg", form.output)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    RadialBasisRoutine(input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    RadialBasisTraining(
      forward: prepare(request.inference), inputLayout: request.inputs[0], output: request.output,
      input: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct RadialBasisRoutine: DirectRoutine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "rows" }
  var packedCount: Int { output.channels * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { 0 }
  var workItems: [Int] { [output.batch] }

  func run(phase: Int, item image: Int, memory: RoutineMemory) {
    let vector = memory.inputs[0] + image * input.pixelStride
    let target = memory.output + image * output.pixelStride
    for unit in 0..<output.channels {
      let code = memory.packed + unit * input.channels
      var distance: Float = 0
      for i in 0..<input.channels {
        let difference = vector[i] - code[i]
        distance += difference * difference
      }
      target[unit] = -distance
    }
  }
}

/// The gradient of -Σ (x - c)² is -2 (x - c) times the gradient of the unit.
///
/// The codes are fixed.
private struct RadialBasisTraining: DirectTraining {
  let forward: any Routine
  let inputLayout: ActivationLayout
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout

  func algorithm(_ direction: Direction) -> String { forward.algorithm }
  var savedTensors: SavedTensors { SavedTensors(inputs: [true]) }
  func workItems(_ direction: Direction) -> [Int] {
    direction == .forward ? forward.workItems : input == nil ? [] : [output.batch]
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    let codes = memory.parameters[0]
    if direction == .forward {
      var memory = memory
      memory.packed = codes
      forward.run(phase: phase, item: item, memory: memory.inference)
      return
    }
    guard let input else { return }
    let vector = memory.inputs[0] + item * inputLayout.pixelStride
    let source = memory.outputGradient + item * gradient.pixelStride
    let target = memory.inputGradients[0] + item * input.layout.pixelStride
    for i in 0..<inputLayout.channels {
      var sum: Float = 0
      for unit in 0..<output.channels {
        sum += source[unit] * (codes[unit * inputLayout.channels + i] - vector[i])
      }
      target[i] = input.accumulates ? target[i] + 2 * sum : 2 * sum
    }
  }
}
