import GraphIR
import Kernels
import TensorCore

/// Some adjacent channels, `[N, C, H, W]` to `[N, count, H, W]`.
///
/// Channels are last in memory, so they are a view of the input: nothing is copied in the forward pass.
package struct Slice: Operator {
  package static let kind = "slice"

  /// The first channel.
  package var first: Int
  /// Number of channels.
  package var count: Int

  package var description: String { "channels \(first) to \(first + count - 1)" }
}

extension Scope {
  /// The channels in `channels`.
  package func slice(_ input: Value, _ channels: Range<Int>) throws(GraphError) -> Value {
    try add("slice", Slice(first: channels.lowerBound, count: channels.count), input)
  }

  /// Adjacent parts of the channels, of `counts` channels each.
  package func split(_ input: Value, _ counts: [Int]) throws(GraphError) -> [Value] {
    var parts: [Value] = []
    var first = 0
    for count in counts {
      parts.append(try slice(input, first..<first + count))
      first += count
    }
    return parts
  }
}

extension Slice {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard first >= 0, first + count <= inputs[0].channels else {
      throw .wrongChannels(expected: first + count, found: inputs[0].channels)
    }
    var dimensions = inputs[0].dimensions
    dimensions[1] = count
    return Shape(dimensions)
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { nil }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    ONNXForm("Slice", .input(0), .integers([first]), .integers([first + count]), .integers([1]))
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    count == inputs[0].channels ? .identity : .other
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  /// The output lies inside the input.
  ///
  /// Gradients do not: that of the input has other channels, too, which must be set.
  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? {
    direction == .forward ? -first : nil
  }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .unchanged }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    SliceRoutine(
      first: first, input: request.inputs[0], output: request.output, isInPlace: request.inPlace[0])
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    SliceTraining(
      first: first, forward: prepare(request.inference), input: request.inputGradients[0],
      gradient: request.outputGradient)
  }
}

private struct SliceRoutine: PlainRoutine {
  let first: Int
  let input: ActivationLayout
  let output: ActivationLayout
  let isInPlace: Bool

  var algorithm: String { isInPlace ? "in_place" : "copy" }
  var workItems: [Int] { isInPlace ? [] : [PixelTiles(output).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (pixel, count) = PixelTiles(output).pixels(of: item)
    memory.copyChannels(
      ofInput: 0, input, from: first, to: output, from: 0, count: output.channels,
      pixels: pixel..<pixel + count)
  }
}

/// The channels outside the slice get a gradient of zero.
private struct SliceTraining: PlainTraining {
  let first: Int
  let forward: any Routine
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { input == nil ? 0 : PixelTiles(gradient).count }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let input else { return }
    let (pixel, count) = PixelTiles(gradient).pixels(of: item)
    let target = memory.gradient(ofInput: 0, input, from: pixel)
    let end = first + gradient.channels
    if !input.accumulates {
      target.clear(pixels: count, channels: first)
      target.from(0, channel: end).clear(pixels: count, channels: input.layout.channels - end)
    }
    Gradients.scaled(
      memory.gradient(gradient, from: pixel), count: count, channels: gradient.channels,
      accumulates: input.accumulates, into: target.from(0, channel: first), kernels: .best)
  }
}
