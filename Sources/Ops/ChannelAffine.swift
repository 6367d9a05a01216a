import GraphIR
import Kernels
import TensorCore

/// scale · x + shift with constants for each channel: converts images from one normalization to another.
package struct ChannelAffine: Operator {
  package static let kind = "channel_affine"

  /// Factor of each channel.
  package var scale: [Float]
  /// Term of each channel, added afterwards.
  package var shift: [Float]

  package var description: String { "\(scale.count) channels" }
}

extension Scope {
  /// scale · x + shift, with a pair for each channel.
  package func channelAffine(
    _ name: String, _ input: Value, scale: [Float], shift: [Float]
  ) throws(GraphError) -> Value {
    try add(name, ChannelAffine(scale: scale, shift: shift), input)
  }
}

extension ChannelAffine {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].channels == scale.count else {
      throw .wrongChannels(expected: scale.count, found: inputs[0].channels)
    }
    return inputs[0]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("\(kind) \(self)", .other) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.add("Mul", .input(0), .floats(scale, [scale.count, 1, 1]))
    form.add("Add", form.output, .floats(shift, [shift.count, 1, 1]))
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
    ChannelAffineRoutine(
      scale: scale, shift: shift, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    ChannelAffineTraining(
      scale: scale, forward: prepare(request.inference), input: request.inputGradients[0],
      gradient: request.outputGradient)
  }
}

private struct ChannelAffineRoutine: PlainRoutine {
  let scale: [Float]
  let shift: [Float]
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "scale_shift" }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.scaleShift(
      memory.input(0, input, from: first), scale: scale, shift: shift, count: count,
      channels: input.channels, .identity, into: memory.output(output, from: first), kernels: .best)
  }
}

private struct ChannelAffineTraining: PlainTraining {
  let scale: [Float]
  let forward: any Routine
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { input == nil ? 0 : PixelTiles(gradient).count }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let input else { return }
    let (first, count) = PixelTiles(gradient).pixels(of: item)
    for pixel in first..<(first + count) {
      let source = memory.gradient(gradient, from: pixel).pointer
      let target = memory.gradient(ofInput: 0, input, from: pixel).pointer
      for (channel, factor) in scale.enumerated() {
        let value = source[channel] * factor
        target[channel] = input.accumulates ? target[channel] + value : value
      }
    }
  }
}
