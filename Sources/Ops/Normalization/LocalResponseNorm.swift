import GraphIR
import Kernels
import TensorCore

/// Local response normalization across channels: Krizhevsky, Sutskever, Hinton, "ImageNet classification with
/// deep convolutional neural networks", NIPS 2012, section 3.3, with α divided by the number of channels in
/// the sum, as in Caffe and PyTorch.
package struct LocalResponseNorm: Operator {
  package static let kind = "local_response_norm"

  /// Size of the neighborhood and constants.
  package var norm: ResponseNorm

  package var description: String {
    "n = \(norm.size), α = \(norm.alpha), β = \(norm.beta), k = \(norm.bias)"
  }
}

extension Scope {
  /// Local response normalization across `size` channels.
  package func localResponseNorm(
    _ name: String, _ input: Value, size: Int, alpha: Float, beta: Float, bias: Float
  ) throws(GraphError) -> Value {
    try add(
      name, LocalResponseNorm(norm: ResponseNorm(size: size, alpha: alpha, beta: beta, bias: bias)), input)
  }
}

extension LocalResponseNorm {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("local response norm", .norm) }

  /// Around an even `size` ONNX's sum reaches one channel further behind the middle, this one further before it, so it is
  /// a mean over a window of channels.
  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    if norm.size % 2 == 1 {
      return ONNXForm(
        "LRN", .input(0),
        attributes: [
          ("size", .integer(norm.size)), ("alpha", .float(norm.alpha)), ("beta", .float(norm.beta)),
          ("bias", .float(norm.bias)),
        ])
    }
    let (before, behind) = (norm.size / 2, (norm.size - 1) / 2)
    var form = ONNXForm()
    let squares = form.add("Mul", .input(0), .input(0))
    form.add("Unsqueeze", squares, .integers([1]))
    form.add(
      "AveragePool", form.output,
      attributes: [
        ("kernel_shape", .integers([norm.size, 1, 1])),
        ("pads", .integers([before, 0, 0, behind, 0, 0])), ("count_include_pad", .integer(1)),
      ])
    form.add("Squeeze", form.output, .integers([1]))
    form.add("Mul", form.output, .float(norm.alpha))
    form.add("Add", form.output, .float(norm.bias))
    form.add("Pow", form.output, .float(norm.beta))
    form.add("Div", .input(0), form.output)
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
    LocalResponseNormRoutine(norm: norm, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    LocalResponseNormTraining(
      norm: norm, forward: prepare(request.inference), input: request.inputs[0],
      inputGradient: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct LocalResponseNormRoutine: PlainRoutine {
  let norm: ResponseNorm
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "pixels" }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.normalizeResponse(
      memory.input(0, input, from: first), count: count, channels: input.channels, norm,
      into: memory.output(output, from: first), kernels: .best)
  }
}

private struct LocalResponseNormTraining: PlainTraining {
  let norm: ResponseNorm
  let forward: any Routine
  let input: ActivationLayout
  let inputGradient: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [true]) }
  var backwardItems: Int { inputGradient == nil ? 0 : PixelTiles(input).count }
  func threadScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.threadScratchCount : 2 * input.channels
  }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let inputGradient else { return }
    let (first, count) = PixelTiles(input).pixels(of: item)
    Gradients.responseNorm(
      norm, input: memory.input(0, input, from: first), gradient: memory.gradient(gradient, from: first),
      count: count, channels: input.channels, accumulates: inputGradient.accumulates,
      scratch: memory.threadScratch,
      into: memory.gradient(ofInput: 0, inputGradient, from: first), kernels: .best)
  }
}
