import GraphIR
import Kernels
import TensorCore

/// Trainable subsampling: the sum of each `size × size` cell, times a coefficient, plus a bias, with one of
/// each for every channel.
///
/// LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings
/// of the IEEE, 1998, section II.B.
package struct Subsample: Operator {
  package static let kind = "subsample"

  /// Side of a cell.
  ///
  /// Cells do not overlap.
  package var size: Int

  package var description: String { "\(size)×\(size)" }
}

extension Scope {
  /// coefficient · (sum of each `size × size` cell) + bias.
  package func subsample(_ name: String, _ input: Value, size: Int) throws(GraphError) -> Value {
    try add(name, Subsample(size: size), input)
  }
}

extension Subsample {
  private var window: Window { Window(kernel: size, stride: size) }

  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.slide(over: inputs[0], channels: inputs[0].asFeatureMap().channels)
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let channels: Shape = [inputs[0].channels]
    // LeCun et al. 1998, Appendix A: ±2.4 / fan-in, which is the cell that a unit adds up.
    let initial = InitialValue.uniform(bound: 2.4 / Double(size * size))
    return [
      ParameterSpec("coefficient", channels, initial: initial),
      ParameterSpec("bias", channels, initial: initial),
    ]
  }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("\(self) subsample, /\(size)", .pool) }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    let factors: Shape = [inputs[0].channels, 1, 1]
    var form = ONNXForm()
    form.add("AveragePool", .input(0), attributes: ONNXForm.attributes(of: window))
    form.add("Mul", form.output, .float(Float(window.taps)))
    form.add("Mul", form.output, .parameter(0, shape: factors))
    form.add("Add", form.output, .parameter(1, shape: factors))
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
    SubsampleRoutine(size: size, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    SubsampleTraining(
      size: size, forward: prepare(request.inference), inputLayout: request.inputs[0],
      output: request.output, input: request.inputGradients[0], gradient: request.outputGradient,
      needsParameterGradients: request.needsParameterGradients)
  }
}

private struct SubsampleRoutine: DirectRoutine {
  let size: Int
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "cells" }
  var packedCount: Int { 2 * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { index * input.channels }
  var workItems: [Int] { [output.batch * output.height] }

  func run(phase: Int, item row: Int, memory: RoutineMemory) {
    let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
    let rows = memory.inputs[0] + (image * input.height + y * size) * input.width * input.pixelStride
    let bias = memory.packed + input.channels
    for x in 0..<output.width {
      let target = memory.output + (row * output.width + x) * output.pixelStride
      target.update(repeating: 0, count: input.channels)
      for dy in 0..<size {
        for dx in 0..<size {
          let pixel = rows + (dy * input.width + x * size + dx) * input.pixelStride
          for channel in 0..<input.channels { target[channel] += pixel[channel] }
        }
      }
      for channel in 0..<input.channels {
        target[channel] = target[channel] * memory.packed[channel] + bias[channel]
      }
    }
  }
}

/// A work item is an image, with its own sums for the two parameters of each channel.
///
/// A second phase adds the sums in order.
private struct SubsampleTraining: TrainingRoutine {
  let size: Int
  let forward: any Routine
  let inputLayout: ActivationLayout
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool

  private var channels: Int { output.channels }

  func algorithm(_ direction: Direction) -> String { forward.algorithm }
  var savedTensors: SavedTensors { SavedTensors(inputs: [true]) }
  func packedCount(_ direction: Direction) -> Int {
    direction == .forward ? forward.packedCount : 0
  }
  func pack(_ direction: Direction, memory: TrainingMemory) {
    guard direction == .forward else { return }
    memory.packed.update(from: memory.parameters[0], count: channels)
    (memory.packed + channels).update(from: memory.parameters[1], count: channels)
  }
  func sharedScratchCount(_ direction: Direction) -> Int {
    direction == .forward ? 0 : output.batch * 2 * channels
  }
  func threadScratchCount(_ direction: Direction) -> Int { 0 }
  func workItems(_ direction: Direction) -> [Int] {
    direction == .forward ? forward.workItems : [output.batch, needsParameterGradients ? 1 : 0]
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    switch (direction, phase) {
    case (.forward, _): forward.run(phase: phase, item: item, memory: memory.inference)
    case (.backward, 0): runBackward(image: item, memory: memory)
    case (.backward, _):
      for parameter in 0..<2 {
        let sums = memory.sharedScratch + parameter * channels
        Pooling.sum(
          Pixels(sums, stride: 2 * channels), count: output.batch, channels: channels,
          into: memory.parameterGradients[parameter], kernels: .best)
      }
    }
  }

  private func runBackward(image: Int, memory: TrainingMemory) {
    let coefficients = memory.parameters[0]
    let coefficientSums = memory.sharedScratch + image * 2 * channels
    let biasSums = coefficientSums + channels
    coefficientSums.update(repeating: 0, count: 2 * channels)
    if let input, !input.accumulates {
      memory.gradient(ofInput: 0, input, from: image * inputLayout.pixelsPerImage)
        .clear(pixels: inputLayout.pixelsPerImage, channels: channels)
    }
    for pixel in 0..<output.pixelsPerImage {
      let (y, x) = pixel.quotientAndRemainder(dividingBy: output.width)
      let source = memory.outputGradient + (image * output.pixelsPerImage + pixel) * gradient.pixelStride
      for c in 0..<channels { biasSums[c] += source[c] }
      for dy in 0..<size {
        for dx in 0..<size {
          let at = (image * inputLayout.height + y * size + dy) * inputLayout.width + x * size + dx
          let value = memory.inputs[0] + at * inputLayout.pixelStride
          for c in 0..<channels { coefficientSums[c] += source[c] * value[c] }
          if let input {
            let target = memory.inputGradients[0] + at * input.layout.pixelStride
            for c in 0..<channels { target[c] += source[c] * coefficients[c] }
          }
        }
      }
    }
  }
}
