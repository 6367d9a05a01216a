import GraphIR
import Kernels
import TensorCore

/// An elementwise nonlinearity.
package struct Activation: Operator {
  package static let kind = "activation"

  /// Which function.
  package enum Function: Hashable, Sendable {
    /// max(x, 0).
    case relu
    /// amplitude · tanh(slope · x).
    case tanh(amplitude: Float, slope: Float)
  }

  /// The function.
  package var function: Function

  package var description: String {
    switch function {
    case .relu: "ReLU"
    case .tanh(amplitude: 1, slope: 1): "tanh"
    case .tanh(let amplitude, let slope): "\(amplitude) · tanh(\(slope) x)"
    }
  }
}

extension Scope {
  /// max(x, 0).
  package func relu(_ input: Value) throws(GraphError) -> Value {
    try add("relu", Activation(function: .relu), input)
  }

  /// amplitude · tanh(slope · x).
  package func tanh(
    _ input: Value, amplitude: Float = 1, slope: Float = 1
  ) throws(GraphError) -> Value {
    try add("tanh", Activation(function: .tanh(amplitude: amplitude, slope: slope)), input)
  }
}

extension Activation {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    ActivationRoutine(function: function, input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    ActivationTraining(
      function: function, forward: prepare(request.inference), output: request.output,
      input: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct ActivationRoutine: Routine {
  let function: Activation.Function
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "elementwise" }
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: tile)
    let source = memory.inputs[0] + first * input.pixelStride
    let target = memory.output + first * output.pixelStride
    switch function {
    case .relu:
      Elementwise.relu(
        source, stride: input.pixelStride, pixels: count, channels: input.channels, into: target,
        outputStride: output.pixelStride, kernels: .best)
    case .tanh(let amplitude, let slope):
      if input.isDense && output.isDense {
        Elementwise.tanh(
          source, count: count * input.channels, amplitude: amplitude, slope: slope, into: target,
          kernels: .best)
        return
      }
      for pixel in 0..<count {
        Elementwise.tanh(
          source + pixel * input.pixelStride, count: input.channels, amplitude: amplitude,
          slope: slope, into: target + pixel * output.pixelStride, kernels: .best)
      }
    }
  }
}

/// Both functions know their slope from their result.
private struct ActivationTraining: PlainTraining {
  let function: Activation.Function
  let forward: any Routine
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout

  var kept: Kept { Kept(inputs: [false], output: true) }
  var backwardTiles: Int { input == nil ? 0 : PixelTiles(output).count }

  func runBackward(tile: Int, memory: TrainingMemory) {
    guard let input else { return }
    let (first, count) = PixelTiles(output).pixels(of: tile)
    let result = UnsafePointer(memory.output + first * output.pixelStride)
    let from = memory.gradient(gradient, from: first)
    let target = memory.gradient(ofInput: 0, input, from: first)
    switch function {
    case .relu:
      Gradients.relu(
        result: result, resultStride: output.pixelStride, gradient: from, pixels: count,
        channels: output.channels, accumulates: input.accumulates, into: target, kernels: .best)
    case .tanh(let amplitude, let slope):
      Gradients.tanh(
        result: result, resultStride: output.pixelStride, gradient: from, pixels: count,
        channels: output.channels, amplitude: amplitude, slope: slope, accumulates: input.accumulates,
        into: target, kernels: .best)
    }
  }
}
