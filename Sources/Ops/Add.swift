import GraphIR
import Kernels
import TensorCore

/// The elementwise sum of two tensors of one shape; a ReLU fused in where a pass has done so.
package struct Add: Operator {
  package static let kind = "add"

  /// Whether negative results become zero: a ReLU that was fused in.
  package var rectifies = false

  package var description: String { rectifies ? "ReLU" : "" }
}

extension Scope {
  /// left + right.
  package func sum(_ left: Value, _ right: Value) throws(GraphError) -> Value {
    try add("add", Add(), left, right)
  }
}

extension Add {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0] == inputs[1] else { throw .mismatch(expected: inputs[0], found: inputs[1]) }
    return inputs[0]
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    AddRoutine(
      left: request.inputs[0], right: request.inputs[1], output: request.output,
      rectifies: rectifies)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    AddTraining(
      forward: prepare(request.inference), output: request.output, inputs: request.inputGradients,
      gradient: request.outputGradient, rectifies: rectifies)
  }
}

private struct AddRoutine: Routine {
  let left: ActivationLayout
  let right: ActivationLayout
  let output: ActivationLayout
  let rectifies: Bool

  var algorithm: String { "elementwise" }
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [PixelTiles(output).count] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(output).pixels(of: tile)
    Elementwise.add(
      memory.inputs[0] + first * left.pixelStride, stride: left.pixelStride,
      memory.inputs[1] + first * right.pixelStride, stride: right.pixelStride, pixels: count,
      channels: output.channels, rectifies: rectifies,
      into: memory.output + first * output.pixelStride, outputStride: output.pixelStride,
      kernels: .best)
  }
}

/// The gradient goes to both terms, where the ReLU let the sum pass.
private struct AddTraining: PlainTraining {
  let forward: any Routine
  let output: ActivationLayout
  let inputs: [GradientRequest?]
  let gradient: ActivationLayout
  let rectifies: Bool

  var kept: Kept { Kept(inputs: [false, false], output: rectifies) }
  var backwardTiles: Int { PixelTiles(output).count }

  func runBackward(tile: Int, memory: TrainingMemory) {
    let (first, count) = PixelTiles(output).pixels(of: tile)
    let from = memory.gradient(gradient, from: first)
    // A term's gradient that lies where the sum's does is there already, unless the ReLU has to close.
    for case (let index, let input?) in inputs.enumerated()
    where rectifies || !input.inPlace || input.accumulates {
      let target = memory.gradient(ofInput: index, input, from: first)
      if rectifies {
        Gradients.relu(
          result: UnsafePointer(memory.output + first * output.pixelStride),
          resultStride: output.pixelStride, gradient: from, pixels: count, channels: output.channels,
          accumulates: input.accumulates, into: target, kernels: .best)
      } else {
        Gradients.scaled(
          from, pixels: count, channels: output.channels, accumulates: input.accumulates, into: target,
          kernels: .best)
      }
    }
  }
}
