import GraphIR
import Kernels
import TensorCore

/// Batch normalization by the stored statistics: Ioffe and Szegedy, "Batch normalization", ICML 2015,
/// arXiv:1502.03167, algorithm 2.
///
/// A residual and a ReLU fused in where a pass has done so.
package struct BatchNorm: Operator {
  package static let kind = "batch_norm"

  /// Added to the variance.
  package var epsilon = 1e-5
  /// Whether a second input of the output's shape is added: a shortcut that was fused in.
  package var addsResidual = false
  /// Whether negative results become zero: a ReLU that was fused in.
  package var rectifies = false

  package var description: String {
    let words = [
      epsilon == 1e-5 ? nil : "ε = \(epsilon)", addsResidual ? "+ residual" : nil, rectifies ? "ReLU" : nil,
    ]
    return words.compactMap(\.self).joined(separator: ", ")
  }
}

extension Scope {
  /// Batch normalization.
  package func batchNorm(
    _ name: String, _ input: Value, epsilon: Double = 1e-5
  ) throws(GraphError) -> Value {
    try add(name, BatchNorm(epsilon: epsilon), input)
  }

  /// Batch normalization and ReLU.
  package func batchNormReLU(
    _ name: String, _ input: Value, epsilon: Double = 1e-5
  ) throws(GraphError) -> Value {
    try relu(batchNorm(name, input, epsilon: epsilon))
  }
}

extension BatchNorm {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    if addsResidual && inputs[1] != inputs[0] { throw .mismatch(expected: inputs[0], found: inputs[1]) }
    return inputs[0]
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let channels: Shape = [inputs[0].channels]
    return [
      ParameterSpec("weight", channels, initial: .constant(1)),
      ParameterSpec("bias", channels, initial: .constant(0)),
      ParameterSpec("running_mean", channels, role: .buffer, initial: .constant(0)),
      ParameterSpec("running_var", channels, role: .buffer, initial: .constant(1)),
      ParameterSpec("num_batches_tracked", [], role: .counter, initial: .constant(0)),
    ]
  }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    BatchNormRoutine(
      input: request.inputs[0], residualStride: addsResidual ? request.inputs[1].pixelStride : nil,
      output: request.output, epsilon: epsilon, rectifies: rectifies)
  }
}

private struct BatchNormRoutine: Routine {
  let input: ActivationLayout
  let residualStride: Int?
  let output: ActivationLayout
  let epsilon: Double
  let rectifies: Bool

  var algorithm: String { "scale_shift" }
  var packedCount: Int { 2 * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { nil }

  /// Scale γ/√(σ² + ε), then shift β - μ · scale.
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    for channel in 0..<input.channels {
      let scale = Double(parameters[0][channel]) / (Double(parameters[3][channel]) + epsilon).squareRoot()
      packed[channel] = Float(scale)
      packed[input.channels + channel] = Float(
        Double(parameters[1][channel]) - Double(parameters[2][channel]) * scale)
    }
  }

  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: tile)
    Elementwise.scaleShift(
      memory.inputs[0] + first * input.pixelStride, stride: input.pixelStride, scale: memory.packed,
      shift: memory.packed + input.channels,
      residual: residualStride.map { Residual(memory.inputs[1] + first * $0, pixelStride: $0) },
      pixels: count, channels: input.channels, rectifies: rectifies,
      into: memory.output + first * output.pixelStride,
      outputStride: output.pixelStride, kernels: .best)
  }
}
