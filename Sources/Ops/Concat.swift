import GraphIR
import Kernels
import TensorCore

/// Concatenation along the channels: `[N, C₁, H, W]`, `[N, C₂, H, W]`, … to `[N, C₁ + C₂ + …, H, W]`.
package struct Concat: Operator {
  package static let kind = "concat"

  /// Whether the channels of all inputs are taken in turn: a shuffle that was fused in.
  package var interleaves = false

  package var description: String { interleaves ? "shuffled" : "" }
}

extension Scope {
  /// The channels of all inputs, in order.
  package func concat(_ inputs: [Value]) throws(GraphError) -> Value {
    try add("concat", Concat(), inputs)
  }
}

extension Concat {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let first = try inputs[0].asFeatureMap()
    for other in inputs.dropFirst() {
      let expected: Shape = [first.batch, try other.asFeatureMap().channels, first.height, first.width]
      guard other == expected else { throw .mismatch(expected: expected, found: other) }
    }
    return [first.batch, inputs.reduce(0) { $0 + $1.channels }, first.height, first.width]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("concat \(output.channels)", .concatenation)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.add("Concat", inputs.indices.map { .input($0) }, attributes: [("axis", .integer(1))])
    if interleaves {
      let (first, channels) = (inputs[0], inputs.reduce(0) { $0 + $1.channels })
      form.shuffle(groups: inputs.count, [first.batch, channels, first.height, first.width])
    }
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? {
    guard neighbor == .shuffle, !interleaves else { return nil }
    var fused = self
    fused.interleaves = true
    return Fusion(fused, parameters)
  }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? {
    interleaves ? nil : inputs[..<index].reduce(0) { $0 + $1.channels }
  }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { interleaves ? .none : .unchanged }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    interleaves
      ? InterleaveRoutine(inputs: request.inputs, output: request.output)
      : ConcatRoutine(inputs: request.inputs, output: request.output, inPlace: request.inPlace)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    interleaves
      ? InterleaveTraining(
        forward: prepare(request.inference), gradients: request.inputGradients,
        gradient: request.outputGradient)
      : ConcatTraining(
        forward: prepare(request.inference), inputs: request.inputs,
        gradients: request.inputGradients, gradient: request.outputGradient)
  }
}

/// Copies the inputs that the planner could not place inside the output.
private struct ConcatRoutine: PlainRoutine {
  let inputs: [ActivationLayout]
  let output: ActivationLayout
  let inPlace: [Bool]

  var algorithm: String { inPlace.allSatisfy(\.self) ? "in_place" : "copy" }
  var workItems: [Int] { inPlace.allSatisfy(\.self) ? [] : [PixelTiles(output).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(output).pixels(of: item)
    var channel = 0
    for index in inputs.indices {
      let input = inputs[index]
      if !inPlace[index] {
        memory.copyChannels(
          ofInput: index, input, from: 0, to: output, from: channel, count: input.channels,
          pixels: first..<first + count)
      }
      channel += input.channels
    }
  }
}

/// Each input gets the gradient of its channels.
private struct ConcatTraining: PlainTraining {
  let forward: any Routine
  let inputs: [ActivationLayout]
  let gradients: [GradientRequest?]
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: inputs.map { _ in false }) }
  var backwardItems: Int {
    gradients.contains { $0.map { !$0.inPlace } ?? false } ? PixelTiles(gradient).count : 0
  }

  func runBackward(item: Int, memory: TrainingMemory) {
    let (first, count) = PixelTiles(gradient).pixels(of: item)
    let source = memory.gradient(gradient, from: first)
    var channel = 0
    for index in inputs.indices {
      let input = inputs[index]
      if let request = gradients[index], !request.inPlace {
        Gradients.scaled(
          source.from(0, channel: channel), count: count,
          channels: input.channels, accumulates: request.accumulates,
          into: memory.gradient(ofInput: index, request, from: first), kernels: .best)
      }
      channel += input.channels
    }
  }
}

/// Channel c of input i becomes channel c · inputs + i.
private struct InterleaveRoutine: PlainRoutine {
  let inputs: [ActivationLayout]
  let output: ActivationLayout

  var algorithm: String { "interleave" }
  var workItems: [Int] { [PixelTiles(output).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(output).pixels(of: item)
    Elementwise.interleave(
      inputs.count, count: count, channels: inputs[0].channels, into: memory.output(output, from: first),
      kernels: .best
    ) { memory.input($0, inputs[$0], from: first) }
  }
}

/// Inputs whose gradients are all wanted, and all written or all added to, get theirs in one pass; others one by one.
private struct InterleaveTraining: PlainTraining {
  let forward: any Routine
  let gradients: [GradientRequest?]
  let gradient: ActivationLayout

  private var channels: Int { gradient.channels / gradients.count }

  var savedTensors: SavedTensors { SavedTensors(inputs: gradients.map { _ in false }) }
  var backwardItems: Int { gradients.contains { $0 != nil } ? PixelTiles(gradient).count : 0 }

  func runBackward(item: Int, memory: TrainingMemory) {
    let (first, count) = PixelTiles(gradient).pixels(of: item)
    let source = memory.gradient(gradient, from: first)
    let wanted = gradients.compactMap(\.self)
    if wanted.count == gradients.count, wanted.allSatisfy({ $0.accumulates == wanted[0].accumulates }) {
      Gradients.deinterleave(
        source, parts: wanted.count, count: count, channels: channels, accumulates: wanted[0].accumulates,
        kernels: .best
      ) { memory.gradient(ofInput: $0, wanted[$0], from: first) }
      return
    }
    for case (let index, let request?) in gradients.enumerated() {
      let target = memory.gradient(ofInput: index, request, from: first)
      for pixel in 0..<count {
        let (from, to) = (source.from(pixel).pointer, target.from(pixel).pointer)
        for channel in 0..<channels {
          let value = from[channel * gradients.count + index]
          to[channel] = request.accumulates ? to[channel] + value : value
        }
      }
    }
  }
}
