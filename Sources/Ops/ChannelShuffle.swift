import GraphIR
import Kernels
import TensorCore

/// The channels of all groups in turn, so that the next grouped operator reads from every group: with n channels a group,
/// channel g · n + c goes to c · groups + g.
///
/// Zhang, Zhou, Lin, Sun, "ShuffleNet", CVPR 2018, section 3.1.
package struct ChannelShuffle: Operator {
  package static let kind = "channel_shuffle"

  /// Groups of channels.
  package var groups: Int

  package var description: String { "\(groups) groups" }
}

extension Scope {
  /// The channels of `groups` groups in turn.
  package func channelShuffle(_ input: Value, groups: Int) throws(GraphError) -> Value {
    try add("shuffle", ChannelShuffle(groups: groups), input)
  }
}

extension ChannelShuffle {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].channels % groups == 0 else {
      throw .indivisibleChannels(channels: inputs[0].channels, groups: groups)
    }
    return inputs[0]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("channel shuffle", .other) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.shuffle(groups: groups, inputs[0])
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    .shuffle(groups: groups)
  }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    ChannelShuffleRoutine(groups: groups, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    ChannelShuffleTraining(
      groups: groups, forward: prepare(request.inference), input: request.inputGradients[0],
      gradient: request.outputGradient)
  }
}

private struct ChannelShuffleRoutine: PlainRoutine {
  let groups: Int
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "interleave" }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    let (source, channels) = (memory.input(0, input, from: first), input.channels / groups)
    Elementwise.interleave(
      groups, count: count, channels: channels, into: memory.output(output, from: first), kernels: .best
    ) { source.from(0, channel: $0 * channels) }
  }
}

/// Each group gets the gradient of its channels.
private struct ChannelShuffleTraining: PlainTraining {
  let groups: Int
  let forward: any Routine
  let input: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { input == nil ? 0 : PixelTiles(gradient).count }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let input else { return }
    let (first, count) = PixelTiles(gradient).pixels(of: item)
    let (target, channels) = (memory.gradient(ofInput: 0, input, from: first), gradient.channels / groups)
    Gradients.deinterleave(
      memory.gradient(gradient, from: first), parts: groups, count: count, channels: channels,
      accumulates: input.accumulates, kernels: .best
    ) { target.from(0, channel: $0 * channels) }
  }
}
