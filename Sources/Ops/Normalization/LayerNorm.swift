import GraphIR
import Kernels
import TensorCore

/// Layer normalization over the channels: each pixel of `[N, C, H, W]`, or each vector of `[N, C]`, by the mean and the
/// variance of its own channels, then a learned scale and shift for each channel.
///
/// Ba, Kiros, Hinton, "Layer normalization", arXiv:1607.06450, equation 4; over channels as in Liu and others, "A ConvNet
/// for the 2020s", CVPR 2022, section 2.6.
package struct LayerNorm: Operator {
  package static let kind = "layer_norm"

  /// Added to the variance.
  package var epsilon: Double

  package var description: String { "ε = \(epsilon)" }
}

extension Scope {
  /// Layer normalization over the channels.
  package func layerNorm(
    _ name: String, _ input: Value, epsilon: Double = 1e-6
  ) throws(GraphError) -> Value {
    try add(name, LayerNorm(epsilon: epsilon), input)
  }
}

extension LayerNorm {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let channels: Shape = [inputs[0].channels]
    return [
      ParameterSpec("weight", channels, initial: .constant(1)),
      ParameterSpec("bias", channels, initial: .constant(0)),
    ]
  }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    CountedWork(normParameters: 2 * output.channels, layerNormElements: output.count)
  }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("LN", .norm, isAttached: true) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    let hasPixels = inputs[0].rank == 4
    var form = ONNXForm()
    if hasPixels { form.add("Transpose", .input(0), attributes: [("perm", .integers([0, 2, 3, 1]))]) }
    form.add(
      "LayerNormalization", form.output, .parameter(0), .parameter(1),
      attributes: [("axis", .integer(-1)), ("epsilon", .float(Float(epsilon)))])
    if hasPixels { form.add("Transpose", form.output, attributes: [("perm", .integers([0, 3, 1, 2]))]) }
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    LayerNormRoutine(epsilon: Float(epsilon), input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    LayerNormTraining(
      epsilon: Float(epsilon), input: request.inputs[0], output: request.output,
      inputGradient: request.inputGradients[0], gradient: request.outputGradient,
      needsParameterGradients: request.needsParameterGradients)
  }
}

private struct LayerNormRoutine: DirectRoutine {
  let epsilon: Float
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "pixels" }
  var packedCount: Int { 2 * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { index * input.channels }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.normalizeLayer(
      memory.input(0, input, from: first), count: count, channels: input.channels, scale: memory.packed,
      shift: memory.packed + input.channels, epsilon: epsilon, into: memory.output(output, from: first),
      kernels: .best)
  }
}

/// The backward pass computes the statistics of a pixel again.
///
/// It has two phases: tiles of pixels, each with its own sums
/// for scale and shift, then the totals of the sums.
private struct LayerNormTraining: DirectTraining {
  let epsilon: Float
  let input: ActivationLayout
  let output: ActivationLayout
  let inputGradient: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool

  private var channels: Int { input.channels }
  private var tiles: PixelTiles { PixelTiles(input) }

  func algorithm(_ direction: Direction) -> String { "pixels" }
  var savedTensors: SavedTensors { SavedTensors(inputs: [true]) }
  func sharedScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? 0 : 2 * channels * tiles.count
  }
  func workItems(_ direction: Direction) -> [Int] {
    switch direction {
    case .forward: [tiles.count]
    case .backward:
      [inputGradient == nil && !needsParameterGradients ? 0 : tiles.count, needsParameterGradients ? 2 : 0]
    }
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    switch (direction, phase) {
    case (.forward, _):
      let (first, count) = tiles.pixels(of: item)
      Elementwise.normalizeLayer(
        memory.input(0, input, from: first), count: count, channels: channels, scale: memory.parameters[0],
        shift: memory.parameters[1], epsilon: epsilon, into: memory.output(output, from: first),
        kernels: .best)
    case (.backward, 0):
      let (first, count) = tiles.pixels(of: item)
      let sums = memory.sharedScratch + item * 2 * channels
      Gradients.layerNorm(
        input: memory.input(0, input, from: first), gradient: memory.gradient(gradient, from: first),
        count: count, channels: channels, scale: memory.parameters[0], epsilon: epsilon,
        accumulates: inputGradient?.accumulates ?? false,
        into: inputGradient.map { memory.gradient(ofInput: 0, $0, from: first) }, scaleGradient: sums,
        shiftGradient: sums + channels, kernels: .best)
    case (.backward, _):
      Pooling.sum(
        Pixels(memory.sharedScratch + item * channels, stride: 2 * channels), count: tiles.count,
        channels: channels, into: memory.parameterGradients[item], kernels: .best)
    }
  }
}
