import GraphIR
import Kernels
import TensorCore

/// Its input times a learned factor for each channel.
///
/// The layer scale of Touvron and others, "Going deeper with image transformers", ICCV 2021, section 2.1, as ConvNeXt has
/// it. In inference a pass folds it into the convolution before it.
package struct ChannelScale: Operator {
  package static let kind = "channel_scale"

  /// What the factors start from.
  package var initial: Float
  /// Whether a checkpoint stores them as `[C, 1, 1]`, not as `[C]`.
  package var hasPixelAxes: Bool

  package var description: String { "" }
}

extension Scope {
  /// A learned factor for each channel: the tensor `name` itself, `[C, 1, 1]`, or `[C]` without pixel axes.
  package func channelScale(
    _ name: String, _ input: Value, initial: Float, hasPixelAxes: Bool = true
  ) throws(GraphError) -> Value {
    try add(name, ChannelScale(initial: initial, hasPixelAxes: hasPixelAxes), input)
  }
}

extension ChannelScale {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let channels = inputs[0].channels
    return [ParameterSpec("", hasPixelAxes ? [channels, 1, 1] : [channels], initial: .constant(initial))]
  }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("layer scale", .norm, isAttached: true)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    ONNXForm("Mul", .input(0), .parameter(0, shape: inputs[0].asFactors))
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    guard case .stored(let factors) = parameters[0] else { return .other }
    return .scale(.channels(factors))
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    ChannelScaleRoutine(input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    ChannelScaleTraining(
      input: request.inputs[0], output: request.output, inputGradient: request.inputGradients[0],
      gradient: request.outputGradient, needsParameterGradients: request.needsParameterGradients)
  }
}

private struct ChannelScaleRoutine: DirectRoutine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "scale_shift" }
  var packedCount: Int { input.channels }
  func directOffset(ofParameter index: Int) -> Int? { 0 }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.scaleShift(
      memory.input(0, input, from: first), scale: memory.packed, shift: nil, count: count,
      channels: input.channels, .identity, into: memory.output(output, from: first), kernels: .best)
  }
}

/// The backward pass has two phases: tiles of pixels, each with its own sums for the factors, then the total of the sums.
private struct ChannelScaleTraining: DirectTraining {
  let input: ActivationLayout
  let output: ActivationLayout
  let inputGradient: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool

  private var channels: Int { input.channels }
  private var sums: ChannelSums { ChannelSums(input) }

  func algorithm(_ direction: Direction) -> String { "scale_shift" }
  var savedTensors: SavedTensors { SavedTensors(inputs: [needsParameterGradients]) }
  func sharedScratchCount(_ direction: Direction) -> Int {
    direction == .backward && needsParameterGradients ? sums.scratchCount : 0
  }
  func workItems(_ direction: Direction) -> [Int] {
    switch direction {
    case .forward: [sums.tileCount]
    case .backward:
      [
        inputGradient == nil && !needsParameterGradients ? 0 : sums.tileCount,
        needsParameterGradients ? 1 : 0,
      ]
    }
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    if direction == .backward && phase == 1 {
      sums.finish(UnsafePointer(memory.sharedScratch), into: memory.parameterGradients[0])
      return
    }
    let (first, count) = sums.pixels(of: item)
    let factors = UnsafePointer(memory.parameters[0])
    switch direction {
    case .forward:
      Elementwise.scaleShift(
        memory.input(0, input, from: first), scale: factors, shift: nil, count: count, channels: channels,
        .identity, into: memory.output(output, from: first), kernels: .best)
    case .backward:
      let pixels = memory.gradient(gradient, from: first)
      if needsParameterGradients {
        Gradients.sumProducts(
          memory.input(0, input, from: first), pixels, count: count, channels: channels,
          into: memory.sharedScratch + item * channels, kernels: .best)
      }
      if let inputGradient {
        let target = memory.gradient(ofInput: 0, inputGradient, from: first)
        Elementwise.scaleShift(
          Pixels(pixels), scale: factors, shift: nil,
          residual: inputGradient.accumulates ? Pixels(target) : nil, count: count, channels: channels,
          .identity, into: target, kernels: .best)
      }
    }
  }
}
