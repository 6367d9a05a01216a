import GraphIR
import Kernels
import TensorCore

/// An activation, applied to each element.
package struct Activate: Operator {
  package static let kind = "activation"

  /// The function.
  package var activation: Activation

  package var description: String { activation.description }
}

extension Scope {
  /// max(x, 0).
  package func relu(_ input: Value) throws(GraphError) -> Value { try activate(input, .relu) }

  /// amplitude · tanh(slope · x).
  package func tanh(
    _ input: Value, amplitude: Float = 1, slope: Float = 1
  ) throws(GraphError) -> Value {
    try activate(input, .tanh(amplitude: amplitude, slope: slope))
  }

  /// min(max(x, 0), 6).
  package func relu6(_ input: Value) throws(GraphError) -> Value { try activate(input, .relu6) }

  /// x, or slope · x where x is negative.
  package func leakyReLU(_ input: Value, slope: Float) throws(GraphError) -> Value {
    try activate(input, .leakyReLU(slope: slope))
  }

  /// 1 / (1 + e^-x).
  package func sigmoid(_ input: Value) throws(GraphError) -> Value { try activate(input, .sigmoid) }

  /// ReLU6(x + 3) / 6.
  package func hardSigmoid(_ input: Value) throws(GraphError) -> Value { try activate(input, .hardSigmoid) }

  /// x · ReLU6(x + 3) / 6.
  package func hardSwish(_ input: Value) throws(GraphError) -> Value { try activate(input, .hardSwish) }

  /// x · sigmoid(x).
  package func silu(_ input: Value) throws(GraphError) -> Value { try activate(input, .silu) }

  /// x · Φ(x).
  package func gelu(_ input: Value) throws(GraphError) -> Value { try activate(input, .gelu) }

  /// The activation of each element.
  package func activate(_ input: Value, _ activation: Activation) throws(GraphError) -> Value {
    try add(activation.name, Activate(activation: activation), input)
  }
}

extension Activate {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    // ptflops hooks modules and patches functions. It knows both forms of ReLU and GELU, one of SiLU and ReLU's relatives.
    switch activation {
    case .identity, .sigmoid, .hardSigmoid, .hardSwish: .none
    case .relu6, .leakyReLU, .silu: CountedWork(singlyCountedInputs: inputs[0].count)
    case .relu, .tanh, .gelu, .geluTanh: CountedWork(activationInputs: inputs[0].count)
    }
  }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction(activation.label, .activation, isAttached: true)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.activate(activation)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    activation == .identity ? .identity : .activation(activation)
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    ActivateRoutine(activation: activation, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    ActivateTraining(
      activation: activation, forward: prepare(request.inference), inputLayout: request.inputs[0],
      output: request.output, input: request.inputGradients[0], gradient: request.outputGradient)
  }
}

extension ONNXForm {
  /// Applies an activation to the last result.
  mutating func activate(_ activation: Activation) {
    let x = output
    switch activation {
    case .identity: break
    case .relu: add("Relu", x)
    case .relu6: add("Clip", x, .float(0), .float(6))
    case .leakyReLU(let slope): add("LeakyRelu", x, attributes: [("alpha", .float(slope))])
    case .tanh(let amplitude, let slope):
      if slope != 1 { add("Mul", x, .float(slope)) }
      add("Tanh", output)
      if amplitude != 1 { add("Mul", output, .float(amplitude)) }
    case .sigmoid: add("Sigmoid", x)
    case .hardSigmoid: add("HardSigmoid", x, attributes: [("alpha", .float(1 / 6)), ("beta", .float(0.5))])
    case .hardSwish: add("HardSwish", x)
    case .silu:
      add("Sigmoid", x)
      add("Mul", x, output)
    case .gelu:
      // x / 2 · (1 + erf(x / √2))
      add("Mul", x, .float(Float(0.5.squareRoot())))
      add("Erf", output)
      add("Add", output, .float(1))
      add("Mul", x, output)
      add("Mul", output, .float(0.5))
    case .geluTanh:
      // x / 2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))
      add("Mul", x, x)
      add("Mul", output, .float(0.044715))
      add("Add", output, .float(1))
      add("Mul", x, output)
      add("Mul", output, .float(Float((2 / Double.pi).squareRoot())))
      add("Tanh", output)
      add("Add", output, .float(1))
      add("Mul", x, output)
      add("Mul", output, .float(0.5))
    }
  }
}

private struct ActivateRoutine: PlainRoutine {
  let activation: Activation
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "elementwise" }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.activate(
      memory.input(0, input, from: first), count: count, channels: input.channels, activation,
      into: memory.output(output, from: first), kernels: .best)
  }
}

/// Saves the result where the derivative follows from it, and the input where it does not.
private struct ActivateTraining: PlainTraining {
  let activation: Activation
  let forward: any Routine
  let inputLayout: ActivationLayout
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout

  private var readsResult: Bool { activation.derivativeFollowsFromResult }

  var savedTensors: SavedTensors { SavedTensors(inputs: [!readsResult], output: readsResult) }
  var backwardItems: Int { input == nil ? 0 : PixelTiles(output).count }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let input else { return }
    let (first, count) = PixelTiles(output).pixels(of: item)
    let values =
      readsResult ? Pixels(memory.output(output, from: first)) : memory.input(0, inputLayout, from: first)
    Gradients.activation(
      activation, at: values, gradient: memory.gradient(gradient, from: first), count: count,
      channels: output.channels, accumulates: input.accumulates,
      into: memory.gradient(ofInput: 0, input, from: first), kernels: .best)
  }
}
