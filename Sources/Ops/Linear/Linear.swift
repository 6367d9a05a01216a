import GraphIR
import Kernels
import TensorCore

/// A fully connected layer, `[N, I]` to `[N, O]`, with the activation that a pass has fused in.
package struct Linear: Operator {
  package static let kind = "linear"

  /// Output features, O.
  package var features: Int
  /// Whether a bias is learned.
  package var hasBias = true
  /// The fused activation.
  package var activation = Activation.identity
  /// Whether the weights are signed bytes, see ``ByteForm``.
  package var hasByteWeights = false

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

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm()
    form.add(
      "Gemm", [.input(0), .parameter(0)] + (hasBias ? [.parameter(1)] : []),
      attributes: [("transB", .integer(1))])
    form.activate(activation)
    return form
  }

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

  package func byteForm(_ inputs: [Shape]) -> ByteForm {
    let geometry = geometry(
      ActivationLayout(inputs[0]), ActivationLayout([inputs[0].batch, features]))
    guard Int8ProductRoutine.suits(geometry) else { return .none }
    var product = self
    product.hasByteWeights = true
    return .product(product)
  }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  /// The weights are used as a checkpoint stores them, so they are read from the file into place.
  ///
  /// With few images the layer is bound by reading the weights: `matrix_vector` and `matrix_vectors` read
  /// each once. With more images, `sgemm`. In bfloat16, several images are the pixels of a 1×1 convolution, where the CPU
  /// multiplies pairs.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    if hasByteWeights {
      return Int8ProductRoutine(geometry(request.inputs[0], request.output), activation, residual: nil)
    }
    let routine = routine(request)
    return switch request.precision {
    case .float32, .int8: routine
    case .float16LinearWeights:
      NarrowLinearRoutine(routine, HalfMatrix(rows: routine.outputs, columns: routine.inputs))
    case .bfloat16 where request.output.batch > 1 && multipliesPairs(request):
      Convolution(
        channels: features, window: Window(kernel: 1), hasBias: hasBias, activation: activation,
        isLinear: true
      ).prepare(
        RoutineRequest(
          inputs: request.inputs, output: request.output, algorithm: ConvolutionAlgorithm.bfloat16GEMM.name,
          precision: .bfloat16))
    case .bfloat16:
      NarrowLinearRoutine(routine, BFloat16Matrix(rows: routine.outputs, columns: routine.inputs))
    }
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    LinearTraining(
      forward: routine(request.inference), input: request.inputGradients[0],
      gradient: request.outputGradient, needsParameterGradients: request.needsParameterGradients)
  }

  private func multipliesPairs(_ request: RoutineRequest) -> Bool {
    KernelSet.best.multipliesBFloat16Pairs && BFloat16GEMM.suits(geometry(request.inputs[0], request.output))
  }

  /// A 1×1 convolution of a single row of pixels, one for each image.
  private func geometry(_ input: ActivationLayout, _ output: ActivationLayout) -> ConvolutionGeometry {
    ConvolutionGeometry(input: input, output: output, window: Window(kernel: 1), groups: 1)
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

  /// Up to this many images `matrix_vectors` is faster than `sgemm`, which copies the weights first.
  private static let fewImages = 32

  var algorithm: String {
    batch == 1 ? "matrix_vector" : batch <= LinearRoutine.fewImages ? "matrix_vectors" : "sgemm"
  }
  /// For any number of images the weights lie as in a checkpoint.
  var packing: String { "linear" }
  var packedCount: Int { outputs * inputs + (hasBias ? outputs : 0) }
  func directOffset(ofParameter index: Int) -> Int? { index == 0 ? 0 : outputs * inputs }

  /// A work item has about 256 KB of weights, and a multiple of 32 outputs.
  var outputsPerItem: Int {
    min(max(65_536 / max(inputs, 1), 1).roundedUp(to: 32), outputs)
  }
  var workItems: [Int] { [outputs.dividedRoundingUp(by: outputsPerItem)] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    run(
      item: item, input: memory.inputs[0], weights: memory.packed,
      bias: hasBias ? memory.packed + outputs * inputs : nil, output: memory.output)
  }

  /// Computes a work item from weights and bias at any address.
  func run(
    item: Int, input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>
  ) {
    let (first, count) = outputs(of: item)
    run(
      first: first, count: count, input: input, weights: weights + first * inputs,
      bias: bias.map { $0 + first }, output: output)
  }

  /// Computes `count` outputs from `first` on; weights and bias start at the first of them.
  func run(
    first: Int, count: Int, input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    bias: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
  ) {
    if batch == 1 {
      Product.matrixVector(
        weights, input, bias: bias, outputs: count, depth: inputs, activation, into: output + first,
        kernels: .best)
      return
    }
    let target = MutablePixels(output + first, stride: outputStride)
    if batch <= LinearRoutine.fewImages {
      Product.matrixVectors(
        weights, Pixels(input, stride: inputStride), vectors: batch, bias: bias, outputs: count,
        depth: inputs,
        activation, into: target, kernels: .best)
      return
    }
    BLAS.multiplyTransposed(
      rows: batch, columns: count, depth: inputs, input, rowStride: inputStride, weights,
      rowStride: inputs, into: target.pointer, rowStride: outputStride)
    Elementwise.addBias(bias, to: target, count: batch, channels: count, activation, kernels: .best)
  }

  /// First output and number of outputs of a work item.
  func outputs(of item: Int) -> (first: Int, count: Int) {
    (item * outputsPerItem, min(outputsPerItem, outputs - item * outputsPerItem))
  }
}

/// With Y = X Wᵀ + b and G the gradient of Y, the gradient of W is Gᵀ X, that of b the sum of the rows of G,
/// that of X G W.
private struct LinearTraining: DirectTraining {
  let forward: LinearRoutine
  let input: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool

  /// Inputs whose gradient is a work item.
  private static let inputsPerItem = 256

  func algorithm(_ direction: Direction) -> String { direction == .forward ? forward.algorithm : "sgemm" }
  var savedTensors: SavedTensors {
    SavedTensors(inputs: [needsParameterGradients], output: forward.activation != .identity)
  }

  func workItems(_ direction: Direction) -> [Int] {
    switch direction {
    case .forward: forward.workItems
    case .backward:
      [
        forward.activation == .identity ? 0 : PixelTiles(gradient).count,
        needsParameterGradients ? forward.workItems[0] : 0,
        input == nil ? 0 : forward.inputs.dividedRoundingUp(by: LinearTraining.inputsPerItem),
      ]
    }
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    switch (direction, phase) {
    case (.forward, _):
      forward.run(
        item: item, input: memory.inputs[0], weights: memory.parameters[0],
        bias: forward.hasBias ? UnsafePointer(memory.parameters[1]) : nil, output: memory.output)
    case (.backward, 0): computeActivationGradient(item, memory)
    case (.backward, 1): computeParameterGradients(item, memory)
    case (.backward, _): computeInputGradient(item, memory)
    }
  }

  private func computeActivationGradient(_ item: Int, _ memory: TrainingMemory) {
    let (first, count) = PixelTiles(gradient).pixels(of: item)
    let pixels = memory.gradient(gradient, from: first)
    Gradients.activation(
      forward.activation,
      at: Pixels(memory.output + first * forward.outputStride, stride: forward.outputStride),
      gradient: pixels, count: count, channels: forward.outputs, accumulates: false, into: pixels,
      kernels: .best)
  }

  private func computeParameterGradients(_ item: Int, _ memory: TrainingMemory) {
    let (first, count) = forward.outputs(of: item)
    BLAS.multiplyTransposedLeft(
      rows: count, columns: forward.inputs, depth: forward.batch, memory.outputGradient + first,
      rowStride: gradient.pixelStride, memory.inputs[0], rowStride: forward.inputStride,
      into: memory.parameterGradients[0] + first * forward.inputs, rowStride: forward.inputs)
    if forward.hasBias {
      Pooling.sum(
        Pixels(memory.outputGradient + first, stride: gradient.pixelStride), count: forward.batch,
        channels: count, into: memory.parameterGradients[1] + first, kernels: .best)
    }
  }

  private func computeInputGradient(_ item: Int, _ memory: TrainingMemory) {
    guard let input else { return }
    let first = item * LinearTraining.inputsPerItem
    BLAS.multiply(
      rows: forward.batch, columns: min(LinearTraining.inputsPerItem, forward.inputs - first),
      depth: forward.outputs, memory.outputGradient, rowStride: gradient.pixelStride,
      memory.parameters[0] + first, rowStride: forward.inputs, accumulates: input.accumulates,
      into: memory.inputGradients[0] + first, rowStride: input.layout.pixelStride)
  }
}
