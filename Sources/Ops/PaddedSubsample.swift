import GraphIR
import Kernels
import TensorCore

/// Every `stride`-th pixel in both directions, with channels of zeros added.
///
/// With zeros on both sides, this is the shortcut without parameters, option A in section 3.3 of He, Zhang, Ren, Sun,
/// "Deep residual learning for image recognition", CVPR 2016; with zeros behind, the one of Han, Kim, Kim, "Deep pyramidal
/// residual networks", CVPR 2017.
package struct PaddedSubsample: Operator {
  package static let kind = "padded_subsample"

  /// Where the channels of zeros are.
  package enum Zeros: Hashable, Sendable {
    /// On both sides of the input's channels; an odd one is behind.
    case around
    /// Behind the input's channels.
    case behind
  }

  /// Channels of the output, not fewer than those of the input.
  package var channels: Int
  /// Step from one pixel to the next.
  package var stride: Int
  /// Where the zeros are.
  package var zeros = Zeros.around

  package var description: String {
    "stride \(stride), zeros\(zeros == .behind ? " behind" : "") to \(channels) channels"
  }

  /// Channels of zeros before those of an input of `count` channels.
  package func zerosBefore(_ count: Int) -> Int { zeros == .behind ? 0 : (channels - count) / 2 }
}

extension Scope {
  /// Every `stride`-th pixel, padded with zeros to `channels` channels.
  package func paddedSubsample(
    _ input: Value, to channels: Int, stride: Int, zeros: PaddedSubsample.Zeros = .around
  ) throws(GraphError) -> Value {
    try add("shortcut", PaddedSubsample(channels: channels, stride: stride, zeros: zeros), input)
  }
}

extension PaddedSubsample {
  private var window: Window { Window(kernel: 1, stride: stride) }

  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let output = try window.slide(over: inputs[0], channels: channels)
    guard inputs[0].channels <= channels else {
      throw .wrongChannels(expected: channels, found: inputs[0].channels)
    }
    return output
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("zero padding, \(channels)\(window.strideSuffix)", .other)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.add(
      "Slice", .input(0), .integers([0, 0]), .integers([inputs[0].height, inputs[0].width]),
      .integers([2, 3]), .integers([stride, stride]))
    let before = zerosBefore(inputs[0].channels)
    let behind = channels - inputs[0].channels - before
    form.add("Pad", form.output, .integers([0, before, 0, 0, 0, behind, 0, 0]))
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
    PaddedSubsampleRoutine(
      stride: stride, zerosBefore: zerosBefore(request.inputs[0].channels), input: request.inputs[0],
      output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    PaddedSubsampleTraining(
      stride: stride, zerosBefore: zerosBefore(request.inference.inputs[0].channels),
      forward: prepare(request.inference), output: request.output,
      input: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct PaddedSubsampleRoutine: PlainRoutine {
  let stride: Int
  let zerosBefore: Int
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "rows" }
  var workItems: [Int] { [output.batch * output.height] }

  func run(phase: Int, item row: Int, memory: RoutineMemory) {
    let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
    let source = memory.input(0, input, from: (image * input.height + y * stride) * input.width)
    for x in 0..<output.width {
      let target = memory.output(output, from: row * output.width + x).pointer
      target.update(repeating: 0, count: output.channels)
      (target + zerosBefore).update(
        from: source.from(x * stride).pointer, count: input.channels)
    }
  }
}

/// The pixels that were read get their gradient, the others zero.
private struct PaddedSubsampleTraining: PlainTraining {
  let stride: Int
  let zerosBefore: Int
  let forward: any Routine
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { input == nil ? 0 : output.batch }

  func runBackward(item image: Int, memory: TrainingMemory) {
    guard let input else { return }
    let layout = input.layout
    let target = memory.gradient(ofInput: 0, input, from: image * layout.pixelsPerImage)
    if !input.accumulates { target.clear(pixels: layout.pixelsPerImage, channels: layout.channels) }
    for y in 0..<output.height {
      let row = memory.gradient(gradient, from: (image * output.height + y) * output.width)
      let place = target.from(y * stride * layout.width)
      Gradients.scaled(
        row.from(0, channel: zerosBefore), count: output.width, channels: layout.channels, accumulates: true,
        into: MutablePixels(place.pointer, stride: stride * place.stride), kernels: .best)
    }
  }
}
