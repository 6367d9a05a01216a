import GraphIR
import Kernels
import TensorCore

/// Local response normalization across channels: Krizhevsky, Sutskever, Hinton, "ImageNet
/// classification with deep convolutional neural networks", NIPS 2012, section 3.3, with α divided by
/// the number of channels in the sum, as Caffe and PyTorch have it.
package struct LocalResponseNorm: Operator {
  package static let kind = "local_response_norm"

  /// Neighboring channels in the sum, n.
  package var size: Int
  /// α, before its division by n.
  package var alpha: Float
  /// β.
  package var beta: Float
  /// k.
  package var bias: Float

  package var description: String { "n = \(size), α = \(alpha), β = \(beta), k = \(bias)" }
}

extension Scope {
  /// Local response normalization across `size` channels.
  package func localResponseNorm(
    _ name: String, _ input: Value, size: Int, alpha: Float, beta: Float, bias: Float
  ) throws(GraphError) -> Value {
    try add(name, LocalResponseNorm(size: size, alpha: alpha, beta: beta, bias: bias), input)
  }
}

extension LocalResponseNorm {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("local response norm", .norm) }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    LocalResponseNormRoutine(norm: self, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    LocalResponseNormTraining(
      norm: self, forward: prepare(request.inference), input: request.inputs[0],
      inputGradient: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct LocalResponseNormRoutine: PlainRoutine {
  let norm: LocalResponseNorm
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "pixels" }
  var tiles: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: tile)
    Elementwise.responseNorm(
      memory.inputs[0] + first * input.pixelStride, stride: input.pixelStride, pixels: count,
      channels: input.channels, size: norm.size, alpha: norm.alpha, beta: norm.beta,
      bias: norm.bias, into: memory.output + first * output.pixelStride,
      outputStride: output.pixelStride, kernels: .best)
  }
}

private struct LocalResponseNormTraining: PlainTraining {
  let norm: LocalResponseNorm
  let forward: any Routine
  let input: ActivationLayout
  let inputGradient: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [true]) }
  var backwardTiles: Int { inputGradient == nil ? 0 : PixelTiles(input).count }
  func threadScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.threadScratchCount : 2 * input.channels
  }

  func runBackward(tile: Int, memory: TrainingMemory) {
    guard let inputGradient else { return }
    let (first, count) = PixelTiles(input).pixels(of: tile)
    Gradients.responseNorm(
      input: memory.inputs[0] + first * input.pixelStride, inputStride: input.pixelStride,
      gradient: memory.gradient(gradient, from: first), pixels: count, channels: input.channels,
      size: norm.size, alpha: norm.alpha, beta: norm.beta, bias: norm.bias,
      accumulates: inputGradient.accumulates, scratch: memory.threadScratch,
      into: memory.gradient(ofInput: 0, inputGradient, from: first), kernels: .best)
  }
}
