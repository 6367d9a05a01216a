import GraphIR
import Kernels
import TensorCore

/// Feature maps times a factor for each channel of each image, `[N, C, H, W]` and `[N, C, 1, 1]`, with the residual and the
/// activation that passes have fused in.
///
/// Such factors are the gates of squeeze-and-excitation: Hu, Shen, Sun, "Squeeze-and-excitation networks", CVPR 2018,
/// equation 4.
package struct Multiply: Operator {
  package static let kind = "multiply"

  /// Whether a third input is added: a shortcut that was fused in.
  package var addsResidual = false
  /// The fused activation, applied after the residual.
  package var activation = Activation.identity

  package var description: String {
    [addsResidual ? "+ residual" : nil, activation == .identity ? nil : activation.description]
      .compactMap(\.self).joined(separator: ", ")
  }
}

extension Scope {
  /// Feature maps times `[N, C, 1, 1]`.
  package func multiply(_ input: Value, by factors: Value) throws(GraphError) -> Value {
    try add("multiply", Multiply(), input, factors)
  }
}

extension Multiply {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = try inputs[0].asFeatureMap()
    let factors: Shape = [input.batch, input.channels, 1, 1]
    guard inputs[1] == factors else { throw .mismatch(expected: factors, found: inputs[1]) }
    if addsResidual && inputs[2] != input { throw .mismatch(expected: input, found: inputs[2]) }
    return input
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("×", .sum) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm("Mul", .input(0), .input(1))
    form.finish(adding: addsResidual ? .input(2) : nil, activation)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? {
    guard activation == .identity else { return nil }
    var fused = self
    switch neighbor {
    case .activation(let next):
      guard next.canBeFused(for: mode) else { return nil }
      fused.activation = next
    case .residual:
      guard !addsResidual else { return nil }
      fused.addsResidual = true
    case .norm, .scale, .shuffle, .inputNorm: return nil
    }
    return Fusion(fused, parameters)
  }

  /// The gradient of the residual is that of the output.
  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? {
    direction == .backward && addsResidual && index == 2 ? 0 : nil
  }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  /// The factors are floats.
  package func computesBFloat16(_ request: RoutineRequest) -> Bool {
    request.inputs.enumerated().allSatisfy { $0.element.format == ($0.offset == 1 ? .float32 : .bfloat16) }
      && request.output.format == .bfloat16
  }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    MultiplyRoutine(
      input: request.inputs[0], factors: request.inputs[1],
      residual: addsResidual ? request.inputs[2] : nil, output: request.output, activation: activation)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    MultiplyTraining(
      forward: prepare(request.inference), input: request.inputs[0], factors: request.inputs[1],
      output: request.output, inputGradient: request.inputGradients[0],
      factorGradient: request.inputGradients[1],
      residualGradient: addsResidual ? request.inputGradients[2] : nil, gradient: request.outputGradient,
      addsResidual: addsResidual, activation: activation)
  }
}

private struct MultiplyRoutine: PlainRoutine {
  let input: ActivationLayout
  let factors: ActivationLayout
  let residual: ActivationLayout?
  let output: ActivationLayout
  let activation: Activation

  var algorithm: String { "elementwise" }
  var workItems: [Int] { [ImageTiles(output).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (image, first, count) = ImageTiles(output).pixels(of: item)
    Elementwise.scaleShift(
      memory.input(0, input, from: first), scale: memory.input(1, factors, from: image).pointer, shift: nil,
      residual: residual.map { memory.input(2, $0, from: first) }, count: count, channels: output.channels,
      activation, into: memory.output(output, from: first), kernels: .best)
  }
}

/// The gradient of a factor is the sum over the pixels of its image of gradient times input, so a work item is an image.
private struct MultiplyTraining: PlainTraining {
  let forward: any Routine
  let input: ActivationLayout
  let factors: ActivationLayout
  let output: ActivationLayout
  let inputGradient: GradientRequest?
  let factorGradient: GradientRequest?
  let residualGradient: GradientRequest?
  let gradient: ActivationLayout
  let addsResidual: Bool
  let activation: Activation

  var savedTensors: SavedTensors {
    SavedTensors(
      inputs: [factorGradient != nil, inputGradient != nil] + (addsResidual ? [false] : []),
      output: activation != .identity)
  }
  var backwardItems: Int { output.batch }
  func threadScratchCount(_ direction: Direction) -> Int { direction == .forward ? 0 : output.channels }

  func runBackward(item image: Int, memory: TrainingMemory) {
    let (count, channels) = (output.pixelsPerImage, output.channels)
    let first = image * count
    let pixels = memory.gradient(gradient, from: first)
    if activation != .identity {
      Gradients.activation(
        activation, at: Pixels(memory.output(output, from: first)), gradient: pixels, count: count,
        channels: channels, accumulates: false, into: pixels, kernels: .best)
    }
    if let factorGradient {
      Gradients.sumProducts(
        memory.input(0, input, from: first), pixels, count: count, channels: channels,
        into: memory.threadScratch, kernels: .best)
      Gradients.scaled(
        MutablePixels(memory.threadScratch, stride: channels), count: 1, channels: channels,
        accumulates: factorGradient.accumulates,
        into: memory.gradient(ofInput: 1, factorGradient, from: image), kernels: .best)
    }
    if let inputGradient {
      let target = memory.gradient(ofInput: 0, inputGradient, from: first)
      Elementwise.scaleShift(
        Pixels(pixels), scale: memory.input(1, factors, from: image).pointer, shift: nil,
        residual: inputGradient.accumulates ? Pixels(target) : nil, count: count, channels: channels,
        .identity, into: target, kernels: .best)
    }
    if let residualGradient, !residualGradient.inPlace {
      Gradients.scaled(
        pixels, count: count, channels: channels, accumulates: residualGradient.accumulates,
        into: memory.gradient(ofInput: 2, residualGradient, from: first), kernels: .best)
    }
  }
}
