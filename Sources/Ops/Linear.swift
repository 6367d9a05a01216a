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
    let fans = Fans(input: inputs[0].channels, output: features)
    let weight = ParameterSpec("weight", [features, fans.input], initial: .weight(.linear, fans))
    let bias = ParameterSpec("bias", [features], initial: .bias(.linear, fans))
    return hasBias ? [weight, bias] : [weight]
  }

  /// The weights stay as the checkpoint has them, so that they are read from the file into place.
  ///
  /// With few images the layer reads each weight once and is bound by memory: `matrix_vector`, `matrix_vectors`.
  /// With more, `sgemm` uses each weight for all images.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    switch request.linearWeights {
    case .float32: routine(request)
    case .float16: HalfLinearRoutine(routine(request))
    }
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    LinearTraining(
      forward: routine(request.inference), input: request.inputGradients[0],
      gradient: request.outputGradient, needsParameterGradients: request.needsParameterGradients)
  }

  private func routine(_ request: RoutineRequest) -> LinearRoutine {
    LinearRoutine(
      batch: request.output.batch, inputs: request.inputs[0].channels,
      inputStride: request.inputs[0].pixelStride, outputs: features,
      outputStride: request.output.pixelStride, hasBias: hasBias, rectifies: rectifies)
  }
}

struct LinearRoutine: Routine {
  let batch: Int
  let inputs: Int
  let inputStride: Int
  let outputs: Int
  let outputStride: Int
  let hasBias: Bool
  let rectifies: Bool

  /// Images up to which `matrix_vectors` is faster than `sgemm`, which copies the weights first.
  private static let fewImages = 32

  var algorithm: String {
    batch == 1 ? "matrix_vector" : batch <= LinearRoutine.fewImages ? "matrix_vectors" : "gemm"
  }
  var packedCount: Int { outputs * inputs + (hasBias ? outputs : 0) }
  func directOffset(ofParameter index: Int) -> Int? { index == 0 ? 0 : outputs * inputs }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }

  /// Tiles of about 256 KB of weights, in whole groups of 32 outputs.
  var outputsPerTile: Int {
    min(max(65_536 / max(inputs, 1), 1).roundedUp(to: 32), outputs)
  }
  var tiles: [Int] { [outputs.dividedRoundingUp(by: outputsPerTile)] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    run(
      tile: tile, input: memory.inputs[0], weights: memory.packed,
      bias: hasBias ? memory.packed + outputs * inputs : nil, output: memory.output)
  }

  /// Computes a tile of outputs from weights and bias wherever they lie.
  func run(
    tile: Int, input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>
  ) {
    let (first, count) = outputs(of: tile)
    run(
      first: first, count: count, input: input, weights: weights + first * inputs,
      bias: bias.map { $0 + first }, output: output)
  }

  /// Computes `count` outputs from `first` on, from their own weights and bias.
  func run(
    first: Int, count: Int, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
  ) {
    if batch == 1 {
      Product.matrixVector(
        weights, input, bias: bias, outputs: count, depth: inputs, rectifies: rectifies,
        into: output + first, kernels: .best)
      return
    }
    if batch <= LinearRoutine.fewImages {
      Product.matrixVectors(
        weights, input, inputStride: inputStride, vectors: batch, bias: bias, outputs: count, depth: inputs,
        rectifies: rectifies, into: output + first, outputStride: outputStride, kernels: .best)
      return
    }
    BLAS.multiplyTransposed(
      rows: batch, columns: count, depth: inputs, input, rowStride: inputStride, weights,
      rowStride: inputs, into: output + first, rowStride: outputStride)
    Elementwise.addBias(
      to: output + first, stride: outputStride, bias: bias, residual: nil, pixels: batch,
      channels: count, rectifies: rectifies, kernels: .best)
  }

  /// First output and number of outputs of a tile.
  func outputs(of tile: Int) -> (first: Int, count: Int) {
    (tile * outputsPerTile, min(outputsPerTile, outputs - tile * outputsPerTile))
  }
}

/// With Y = X Wᵀ + b and G the gradient of Y: that of W is Gᵀ X, of b the sum of the rows of G, of X it is G W.
private struct LinearTraining: TrainingRoutine {
  let forward: LinearRoutine
  let input: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool

  /// Inputs whose gradient is one tile.
  private static let inputsPerTile = 256

  var algorithm: String { forward.algorithm }
  var kept: Kept { Kept(inputs: [needsParameterGradients], output: forward.rectifies) }
  func packedCount(_ direction: Direction) -> Int { 0 }
  func pack(_ direction: Direction, memory: TrainingMemory) {}
  func sharedScratchCount(_ direction: Direction) -> Int { 0 }
  func threadScratchCount(_ direction: Direction) -> Int { 0 }

  func tiles(_ direction: Direction) -> [Int] {
    switch direction {
    case .forward: forward.tiles
    case .backward:
      [
        forward.rectifies ? PixelTiles(gradient).count : 0, needsParameterGradients ? forward.tiles[0] : 0,
        input == nil ? 0 : forward.inputs.dividedRoundingUp(by: LinearTraining.inputsPerTile),
      ]
    }
  }

  func run(_ direction: Direction, phase: Int, tile: Int, memory: TrainingMemory) {
    switch (direction, phase) {
    case (.forward, _):
      forward.run(
        tile: tile, input: memory.inputs[0], weights: memory.parameters[0],
        bias: forward.hasBias ? UnsafePointer(memory.parameters[1]) : nil, output: memory.output)
    case (.backward, 0): closeReLU(tile, memory)
    case (.backward, 1): computeParameterGradients(tile, memory)
    case (.backward, _): computeInputGradient(tile, memory)
    }
  }

  private func closeReLU(_ tile: Int, _ memory: TrainingMemory) {
    let (first, count) = PixelTiles(gradient).pixels(of: tile)
    let pixels = memory.gradient(gradient, from: first)
    Gradients.relu(
      result: UnsafePointer(memory.output + first * forward.outputStride),
      resultStride: forward.outputStride, gradient: pixels, pixels: count, channels: forward.outputs,
      accumulates: false, into: pixels, kernels: .best)
  }

  private func computeParameterGradients(_ tile: Int, _ memory: TrainingMemory) {
    let (first, count) = forward.outputs(of: tile)
    BLAS.multiplyTransposedLeft(
      rows: count, columns: forward.inputs, depth: forward.batch, memory.outputGradient + first,
      rowStride: gradient.pixelStride, memory.inputs[0], rowStride: forward.inputStride,
      into: memory.parameterGradients[0] + first * forward.inputs, rowStride: forward.inputs)
    if forward.hasBias {
      Pooling.sum(
        memory.outputGradient + first, stride: gradient.pixelStride, pixels: forward.batch,
        channels: count, factor: 1, into: memory.parameterGradients[1] + first, kernels: .best)
    }
  }

  private func computeInputGradient(_ tile: Int, _ memory: TrainingMemory) {
    guard let input else { return }
    let first = tile * LinearTraining.inputsPerTile
    BLAS.multiply(
      rows: forward.batch, columns: min(LinearTraining.inputsPerTile, forward.inputs - first),
      depth: forward.outputs, memory.outputGradient, rowStride: gradient.pixelStride,
      memory.parameters[0] + first, rowStride: forward.inputs, accumulates: input.accumulates,
      into: memory.inputGradients[0] + first, rowStride: input.layout.pixelStride)
  }
}
