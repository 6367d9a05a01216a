import GraphIR
import Kernels
import TensorCore

/// A fully connected layer, `[N, I]` to `[N, O]`; an activation fused in where a pass has done so.
package struct Linear: Operator {
  package static let kind = "linear"

  /// Output features, O.
  package var features: Int
  /// Whether a bias is learned.
  package var hasBias = true
  /// What is applied to the results: an activation that was fused in.
  package var activation = Activation.identity

  package var description: String {
    "\(features) features" + (activation == .identity ? "" : ", \(activation)")
  }
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

  package func footprint(_ inputs: [Shape]) -> Footprint { .whole }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let fans = Fans(input: inputs[0].channels, output: features)
    let weight = ParameterSpec("weight", [features, fans.input], initial: .weight(.linear, fans))
    let bias = ParameterSpec("bias", [features], initial: .bias(.linear, fans))
    return hasBias ? [weight, bias] : [weight]
  }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    CountedWork(otherMACs: output.count * inputs[0].channels, biasedOutputs: hasBias ? output.count : 0)
  }

  package func depiction(_ output: Shape) -> Depiction? { Depiction("fc \(features)", .linear) }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? {
    guard case .activation(let next) = neighbor, activation == .identity, next.canBeFused(for: mode) else {
      return nil
    }
    var fused = self
    fused.activation = next
    return Fusion(fused, parameters)
  }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

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
      outputStride: request.output.pixelStride, hasBias: hasBias, activation: activation)
  }
}

struct LinearRoutine: DirectRoutine {
  let batch: Int
  let inputs: Int
  let inputStride: Int
  let outputs: Int
  let outputStride: Int
  let hasBias: Bool
  let activation: Activation

  /// Images up to which `matrix_vectors` is faster than `sgemm`, which copies the weights first.
  private static let fewImages = 32

  var algorithm: String {
    batch == 1 ? "matrix_vector" : batch <= LinearRoutine.fewImages ? "matrix_vectors" : "sgemm"
  }
  var packedCount: Int { outputs * inputs + (hasBias ? outputs : 0) }
  func directOffset(ofParameter index: Int) -> Int? { index == 0 ? 0 : outputs * inputs }

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
        weights, input, bias: bias, outputs: count, depth: inputs, activation: activation,
        into: output + first, kernels: .best)
      return
    }
    if batch <= LinearRoutine.fewImages {
      Product.matrixVectors(
        weights, input, inputStride: inputStride, vectors: batch, bias: bias, outputs: count, depth: inputs,
        activation: activation, into: output + first, outputStride: outputStride, kernels: .best)
      return
    }
    BLAS.multiplyTransposed(
      rows: batch, columns: count, depth: inputs, input, rowStride: inputStride, weights,
      rowStride: inputs, into: output + first, rowStride: outputStride)
    Elementwise.addBias(
      to: output + first, stride: outputStride, bias: bias, residual: nil, pixels: batch,
      channels: count, activation: activation, kernels: .best)
  }

  /// First output and number of outputs of a tile.
  func outputs(of tile: Int) -> (first: Int, count: Int) {
    (tile * outputsPerTile, min(outputsPerTile, outputs - tile * outputsPerTile))
  }
}

/// With Y = X Wᵀ + b and G the gradient of Y: that of W is Gᵀ X, of b the sum of the rows of G, of X it is G W.
private struct LinearTraining: DirectTraining {
  let forward: LinearRoutine
  let input: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool

  /// Inputs whose gradient is one tile.
  private static let inputsPerTile = 256

  func algorithm(_ direction: Direction) -> String { direction == .forward ? forward.algorithm : "sgemm" }
  var savedTensors: SavedTensors {
    SavedTensors(inputs: [needsParameterGradients], output: forward.activation != .identity)
  }

  func tiles(_ direction: Direction) -> [Int] {
    switch direction {
    case .forward: forward.tiles
    case .backward:
      [
        forward.activation == .identity ? 0 : PixelTiles(gradient).count,
        needsParameterGradients ? forward.tiles[0] : 0,
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
    case (.backward, 0): passActivation(tile, memory)
    case (.backward, 1): computeParameterGradients(tile, memory)
    case (.backward, _): computeInputGradient(tile, memory)
    }
  }

  private func passActivation(_ tile: Int, _ memory: TrainingMemory) {
    let (first, count) = PixelTiles(gradient).pixels(of: tile)
    let pixels = memory.gradient(gradient, from: first)
    Gradients.activation(
      forward.activation, at: UnsafePointer(memory.output + first * forward.outputStride),
      stride: forward.outputStride, gradient: pixels, pixels: count, channels: forward.outputs,
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
