import GraphIR
import Kernels
import TensorCore

/// Batch normalization by the stored statistics: Ioffe and Szegedy, "Batch normalization", ICML 2015,
/// arXiv:1502.03167, algorithm 2.
///
/// A residual and an activation fused in where a pass has done so.
package struct BatchNorm: Operator {
  package static let kind = "batch_norm"

  /// Added to the variance.
  package var epsilon = 1e-5
  /// Whether a second input of the output's shape is added: a shortcut that was fused in.
  package var addsResidual = false
  /// What is applied to the results: an activation that was fused in.
  package var activation = Activation.identity

  package var description: String {
    let words = [
      epsilon == 1e-5 ? nil : "ε = \(epsilon)", addsResidual ? "+ residual" : nil,
      activation == .identity ? nil : activation.description,
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
      ParameterSpec("weight", channels), ParameterSpec("bias", channels),
      ParameterSpec("running_mean", channels, role: .buffer),
      ParameterSpec("running_var", channels, role: .buffer),
      ParameterSpec("num_batches_tracked", [], role: .counter),
    ]
  }

  /// The same with an activation behind it applied to the results while they are at hand; `nil` if it has
  /// one already.
  ///
  /// The backward pass computes the input of the activation again, unless a residual was added to it.
  package func fusing(_ activation: Activation) -> BatchNorm? {
    guard self.activation == .identity, !addsResidual || activation.derivativeFollowsFromResult else {
      return nil
    }
    var fused = self
    fused.activation = activation
    return fused
  }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    BatchNormRoutine(
      input: request.inputs[0], residualStride: addsResidual ? request.inputs[1].pixelStride : nil,
      output: request.output, epsilon: epsilon, activation: activation)
  }
}

private struct BatchNormRoutine: Routine {
  let input: ActivationLayout
  let residualStride: Int?
  let output: ActivationLayout
  let epsilon: Double
  let activation: Activation

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
      pixels: count, channels: input.channels, activation: activation,
      into: memory.output + first * output.pixelStride,
      outputStride: output.pixelStride, kernels: .best)
  }
}
