import GraphIR
import Kernels
import TensorCore

/// A fully connected layer, `[N, I]` to `[N, O]`; a ReLU fused in where a pass has done so.
package struct Linear: Operator {
  package static let kind = "linear"

  /// Output features, O.
  package var features: Int
  /// Whether a bias is learned.
  package var hasBias = true
  /// Whether negative results become zero: a ReLU that was fused in.
  package var rectifies = false

  package var description: String { "\(features) features" + (rectifies ? ", ReLU" : "") }
}

extension Scope {
  /// A fully connected layer with bias.
  package func linear(
    _ name: String, _ input: Value, to features: Int, bias: Bool = true
  ) throws(GraphError) -> Value {
    try add(name, Linear(features: features, hasBias: bias), input)
  }
}

extension Linear {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    [try inputs[0].asVectors().batch, features]
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost {
    .streaming(inputs, output, macs: output.count * inputs[0].channels)
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .whole }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let weight = ParameterSpec("weight", [features, inputs[0].channels])
    return hasBias ? [weight, ParameterSpec("bias", [features])] : [weight]
  }

  /// The weights stay as the checkpoint has them, so that they are read from the file into place.
  ///
  /// With one image the layer reads each weight once and is bound by memory: `matrix_vector`. With more,
  /// `sgemm` uses each weight for all images.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    LinearRoutine(
      batch: request.output.batch, inputs: request.inputs[0].channels,
      inputStride: request.inputs[0].pixelStride, outputs: features,
      outputStride: request.output.pixelStride, hasBias: hasBias, rectifies: rectifies)
  }
}

private struct LinearRoutine: Routine {
  let batch: Int
  let inputs: Int
  let inputStride: Int
  let outputs: Int
  let outputStride: Int
  let hasBias: Bool
  let rectifies: Bool

  var algorithm: String { batch == 1 ? "matrix_vector" : "gemm" }
  var packedCount: Int { outputs * inputs + (hasBias ? outputs : 0) }
  func directOffset(ofParameter index: Int) -> Int? { index == 0 ? 0 : outputs * inputs }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }

  /// Tiles of about 256 KB of weights, in whole groups of 32 outputs.
  private var outputsPerTile: Int {
    min(max(65_536 / max(inputs, 1), 1).roundedUp(to: 32), outputs)
  }
  var tiles: [Int] { [outputs.dividedRoundingUp(by: outputsPerTile)] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let first = tile * outputsPerTile
    let count = min(outputsPerTile, outputs - first)
    let weights = memory.packed + first * inputs
    let bias = hasBias ? memory.packed + outputs * inputs + first : nil
    if batch == 1 {
      Product.matrixVector(
        weights, memory.inputs[0], bias: bias, outputs: count, depth: inputs, rectifies: rectifies,
        into: memory.output + first, kernels: .best)
      return
    }
    BLAS.multiplyTransposed(
      rows: batch, columns: count, depth: inputs, memory.inputs[0], rowStride: inputStride, weights,
      rowStride: inputs, into: memory.output + first, rowStride: outputStride)
    Elementwise.addBias(
      to: memory.output + first, stride: outputStride, bias: bias, residual: nil, pixels: batch,
      channels: count, rectifies: rectifies, kernels: .best)
  }
}
