import GraphIR
import Kernels
import TensorCore

/// Probabilities from logits, `[N, C]`: e^(x - max) over its sum.
package struct Softmax: Operator {
  package static let kind = "softmax"

  package var description: String { "" }
}

extension Scope {
  /// Probabilities from logits.
  package func softmax(_ input: Value) throws(GraphError) -> Value {
    try add("softmax", Softmax(), input)
  }
}

extension Softmax {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try inputs[0].asVectors()
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { .whole }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    SoftmaxRoutine(input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    SoftmaxTraining(
      forward: prepare(request.inference), output: request.output, input: request.inputGradients[0],
      gradient: request.outputGradient)
  }
}

private struct SoftmaxRoutine: Routine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "rows" }
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [input.batch] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    Normalisation.softmax(
      memory.inputs[0] + tile * input.pixelStride, count: input.channels,
      into: memory.output + tile * output.pixelStride)
  }
}

/// The gradient of p = softmax(x) is p · (g - Σ p g).
private struct SoftmaxTraining: PlainTraining {
  let forward: any Routine
  let output: ActivationLayout
  let input: GradientRequest?
  let gradient: ActivationLayout

  var kept: Kept { Kept(inputs: [false], output: true) }
  var backwardTiles: Int { input == nil ? 0 : output.batch }

  func runBackward(tile: Int, memory: TrainingMemory) {
    guard let input else { return }
    let result = memory.output + tile * output.pixelStride
    let source = memory.outputGradient + tile * gradient.pixelStride
    let target = memory.inputGradients[0] + tile * input.layout.pixelStride
    var mean = 0.0
    for i in 0..<output.channels { mean += Double(result[i]) * Double(source[i]) }
    for i in 0..<output.channels {
      let value = result[i] * (source[i] - Float(mean))
      target[i] = input.accumulates ? target[i] + value : value
    }
  }
}
