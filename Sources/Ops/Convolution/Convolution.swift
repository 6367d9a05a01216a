import GraphIR
import Kernels
import TensorCore

/// Cross-correlation with learned kernels, `[N, I, H, W]` to `[N, O, H', W']`, in groups of channels, with
/// the batch norm, the residual and the activation that passes have fused in.
package struct Convolution: Operator {
  package static let kind = "conv"

  /// Output channels, O.
  package var channels: Int
  /// Kernel, stride, padding, dilation.
  package var window: Window
  /// Groups of channels: outputs of a group depend on its inputs only.
  package var groups = 1
  /// Whether there is a bias: learned, or from a folded batch norm.
  package var hasBias = false
  /// Whether a second input is added: a shortcut that was fused in.
  package var addsResidual = false
  /// The fused activation, applied after the residual.
  package var activation = Activation.identity
  /// Whether batch norm and ReLU are applied to the input as it is read; for 1×1 only.
  package var normalizesInput = false
  /// Whether the weights are `[O, I]`: a linear layer at each pixel; for 1×1 only.
  package var isLinear = false
  /// Whether the weights are flipped, see ``ConvolutionWeights``: this convolution computes a gradient.
  package var flipsWeights = false
  /// Whether the weights are signed bytes, see ``ByteForm``.
  package var hasByteWeights = false

  package var description: String {
    var words = ["\(window)"]
    if normalizesInput { words.insert("BN, ReLU", at: 0) }
    if groups > 1 { words.append("\(groups) groups") }
    if addsResidual { words.append("+ residual") }
    if activation != .identity { words.append(activation.description) }
    return words.joined(separator: ", ")
  }
}

extension Scope {
  /// A convolution with a square kernel.
  ///
  /// No bias by default: most convolutions are followed by a batch norm.
  package func conv(
    _ name: String, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = false
  ) throws(GraphError) -> Value {
    try conv(
      name, input, to: channels,
      window: Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation),
      groups: groups, bias: bias)
  }

  /// A convolution with a square kernel, padded by a rule.
  package func conv(
    _ name: String, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1, padding: PaddingRule,
    dilation: Int = 1, groups: Int = 1, bias: Bool = false
  ) throws(GraphError) -> Value {
    try conv(
      name, input, to: channels,
      window: Window(kernel: kernel, stride: stride, padding: padding, over: input.shape, dilation: dilation),
      groups: groups, bias: bias)
  }

  /// A convolution with any window.
  package func conv(
    _ name: String, _ input: Value, to channels: Int, window: Window, groups: Int = 1,
    bias: Bool = false
  ) throws(GraphError) -> Value {
    try add(
      name, Convolution(channels: channels, window: window, groups: groups, hasBias: bias), input)
  }
}

extension Scope {
  /// A fully connected layer with bias at each pixel, `[N, I, H, W]` to `[N, O, H, W]`: a 1×1 convolution whose weights
  /// are `[O, I]`.
  package func pointwiseLinear(
    _ name: String, _ input: Value, to channels: Int
  ) throws(GraphError) -> Value {
    try add(
      name, Convolution(channels: channels, window: Window(kernel: 1), hasBias: true, isLinear: true), input)
  }
}

extension Convolution {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let output = try window.slide(over: inputs[0], channels: channels)
    for channels in [inputs[0].channels, channels] where channels % groups != 0 {
      throw .indivisibleChannels(channels: channels, groups: groups)
    }
    if addsResidual && inputs[1] != output { throw .mismatch(expected: output, found: inputs[1]) }
    return output
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let (inputChannels, taps) = (inputs[0].channels / groups, window.taps)
    let fans = Fans(input: inputChannels * taps, output: channels * taps)
    let kind: LayerKind = isLinear ? .linear : .convolution
    let kernel = isLinear ? [] : [window.height.kernel, window.width.kernel]
    let weight = ParameterSpec(
      "weight", Shape([channels, inputChannels] + kernel), initial: .weight(kind, fans))
    let bias = ParameterSpec("bias", [channels], initial: .bias(kind, fans))
    return hasBias ? [weight, bias] : [weight]
  }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    let macs = output.count * (inputs[0].channels / groups) * window.taps
    let biases = hasBias ? output.count : 0
    let pixels = output.height * output.width
    return isLinear
      ? CountedWork(
        otherMACs: macs, biasedOutputs: biases,
        repeatedLinearWork: (macs + biases) / pixels * (pixels - 1))
      : CountedWork(convolutionMACs: macs, biasedOutputs: biases)
  }

  package func depiction(_ output: Shape) -> Depiction? {
    if groups > 1 && groups == channels {
      return Depiction("\(window.size) depthwise, \(channels)\(window.strideSuffix)", .convolution)
    }
    let groups = groups > 1 ? ", \(groups) groups" : ""
    return Depiction("\(window.size) conv, \(channels)\(window.strideSuffix)\(groups)", .convolution)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    precondition(!flipsWeights, "a gradient is no part of a network")
    var form = ONNXForm()
    if normalizesInput {
      let norm = hasBias ? 2 : 1
      form.add("Mul", .input(0), .parameter(norm, shape: inputs[0].asFactors))
      form.add("Add", form.output, .parameter(norm + 1, shape: inputs[0].asFactors))
      form.activate(.relu)
    }
    let weight: Shape = [
      channels, inputs[0].channels / groups, window.height.kernel, window.width.kernel,
    ]
    let operands = [form.output, .parameter(0, shape: weight)] + (hasBias ? [.parameter(1)] : [])
    form.add("Conv", operands, attributes: ONNXForm.attributes(of: window) + [("group", .integer(groups))])
    form.finish(adding: addsResidual ? .input(1) : nil, activation)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    window.isPointwise && activation == .identity && !addsResidual && !normalizesInput ? .pointwise : .other
  }

  /// The backward pass knows an activation, but neither residual nor norm.
  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? {
    var fused = self
    var parameters = parameters
    switch neighbor {
    case .activation(let next):
      guard activation == .identity, next.canBeFused(for: mode) else { return nil }
      fused.activation = next
    case .residual:
      guard mode == .inference, activation == .identity, !addsResidual else { return nil }
      fused.addsResidual = true
    case .norm(let norm):
      guard mode == .inference, activation == .identity, !addsResidual, !normalizesInput,
        case .stored(let weight) = parameters[0]
      else { return nil }
      let bias = hasBias ? parameters[1].tensors.first : nil
      parameters = [.scaled(weight: weight, by: norm), .shifted(bias: bias, by: norm)]
      fused.hasBias = true
    case .scale(let factor):
      guard mode == .inference, activation == .identity, !addsResidual, !normalizesInput else { return nil }
      var scaled: [ParameterExpression] = []
      for case .stored(let parameter) in parameters { scaled.append(.multiplied(parameter, by: factor)) }
      guard scaled.count == parameters.count else { return nil }
      parameters = scaled
    case .inputNorm(let norm, .relu):
      guard mode == .inference, window.isPointwise, groups == 1, !normalizesInput else { return nil }
      parameters += [.normScale(norm), .normShift(norm)]
      fused.normalizesInput = true
    case .inputNorm, .shuffle: return nil
    }
    return Fusion(fused, parameters)
  }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm {
    guard !normalizesInput, !flipsWeights, let output = try? outputShape(inputs) else { return .none }
    let geometry = ConvolutionGeometry(
      input: ActivationLayout(inputs[0]), output: ActivationLayout(output), window: window, groups: groups)
    guard Int8ProductRoutine.suits(geometry) else { return .none }
    var product = self
    product.hasByteWeights = true
    return .product(product)
  }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool {
    request.isBFloat16
      && (multipliesBFloat16ThroughOpenBLAS(request) || algorithm(geometry(request), request) != .im2col)
  }

  /// Whether OpenBLAS is asked to multiply bfloat16, and can.
  private func multipliesBFloat16ThroughOpenBLAS(_ request: RoutineRequest) -> Bool {
    request.isBFloat16 && request.algorithm == ConvolutionAlgorithm.im2col.name
      && !ConvolutionAlgorithm.im2col.readsFloats
  }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? {
    if hasByteWeights || isOfVectors(request) || multipliesBFloat16ThroughOpenBLAS(request) { return nil }
    if !request.isFloat32 && !computesBFloat16(request) { return nil }
    let geometry = geometry(request)
    let first = expectedFastest(geometry, request)
    let others = candidates(geometry, request).filter { $0 != first }
    return TuningProblem(problem(request), algorithms: ([first] + others).map(\.name))
  }

  /// ``ConvolutionAlgorithm`` knows the algorithms, and which is expected to be fastest.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    if hasByteWeights {
      return Int8ProductRoutine(
        geometry(request), activation, residual: addsResidual ? request.inputs[1] : nil)
    }
    return isOfVectors(request) ? vectorRoutine(request) : product(request)
  }

  private func vectorRoutine(_ request: RoutineRequest) -> any Routine {
    let inputs = request.inputs[0]
    let routine = LinearRoutine(
      batch: request.output.pixels, inputs: inputs.channels, inputStride: inputs.pixelStride,
      outputs: channels, outputStride: request.output.pixelStride, hasBias: hasBias, activation: activation)
    return request.precision == .bfloat16 && KernelSet.best.multipliesBFloat16Pairs
      ? NarrowLinearRoutine(routine, BFloat16Matrix(rows: channels, columns: inputs.channels)) : routine
  }

  /// Whether it is a linear layer of so few vectors that reading its weights takes the time, as in
  /// squeeze-and-excitation, whose feature maps are single pixels.
  private func isOfVectors(_ request: RoutineRequest) -> Bool {
    window.isPointwise && groups == 1 && request.output.pixels <= 4 && request.algorithm == nil
      && request.isFloat32
      && !addsResidual && !normalizesInput && !flipsWeights
  }

  private func product(_ request: RoutineRequest) -> any Routine {
    let geometry = geometry(request)
    return ConvolutionRoutine(
      product: algorithm(geometry, request).product(
        geometry, epilogue: Epilogue(hasBias: hasBias, activation: activation), kernels: .best),
      hasBias: hasBias, flipsWeights: flipsWeights,
      residual: addsResidual ? request.inputs[1] : nil)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    training(request)
  }

  /// Name by which the gradient of the input as a convolution with flipped weights can be switched off.
  package static let flippedGradient = "flipped"

  /// The algorithms of a training step.
  ///
  /// - Forward: as in inference.
  /// - Gradient of the weights: the ``WeightGradient`` that was asked for, or the fastest one.
  /// - Gradient of the input: with stride 1 it is a convolution with flipped weights, for which there are all
  ///   algorithms for convolutions. With any other stride a depthwise convolution has kernels of its own.
  ///   Otherwise, or if ``flippedGradient`` is switched off or everything goes through OpenBLAS, `sgemm` and
  ///   col2im.
  func training(_ request: TrainingRequest) -> ConvolutionTraining {
    let input = request.inputGradients[0]
    var inputGradient: ConvolutionTraining.InputGradientAlgorithm?
    if let input {
      let scatters =
        request.algorithm == ConvolutionAlgorithm.im2col.name
        || request.disabled.contains(Convolution.flippedGradient)
      if !scatters, let window = InputGradient.window(of: window) {
        let flipped = Convolution(
          channels: request.inputs[0].channels, window: window, groups: groups,
          addsResidual: input.accumulates, flipsWeights: true)
        inputGradient = .flipped(
          flipped.prepare(
            RoutineRequest(
              inputs: [request.outputGradient] + (input.accumulates ? [input.layout] : []),
              output: input.layout, disabled: request.disabled, algorithm: request.algorithm)))
      } else {
        let geometry = ConvolutionGeometry(
          input: input.layout, output: request.outputGradient, window: window, groups: groups)
        inputGradient =
          !scatters && Depthwise.suits(geometry)
          ? .depthwise(DepthwiseInputGradient(geometry)) : .scatter(ScatterGEMM(geometry))
      }
    }
    let geometry = ConvolutionGeometry(
      input: request.inputs[0], output: request.outputGradient, window: window, groups: groups)
    return ConvolutionTraining(
      geometry: geometry,
      weights: request.needsParameterGradients
        ? geometry.weightGradient(algorithm: request.algorithm, disabled: request.disabled) : nil,
      hasBias: hasBias, activation: activation, forward: product(request.inference),
      output: request.output, input: input, inputGradient: inputGradient)
  }
}

extension Convolution {
  /// Sizes, strides, what is fused, and both layouts with the floats from pixel to pixel.
  ///
  /// `conv 3x3 stride 1x1 pad 1x1 dilation 1x1 groups 1 bias relu 1x64x56x56/64 to 1x64x56x56/64 weights
  /// streamed`: algorithms differ in how many weights they read, so it ends with where those come from.
  private func problem(_ request: RoutineRequest) -> String {
    func pair<Part>(_ size: (WindowAxis) -> Part) -> String { "\(size(window.height))x\(size(window.width))" }
    func text(_ layout: ActivationLayout) -> String {
      "\(layout.batch)x\(layout.channels)x\(layout.height)x\(layout.width)/\(layout.pixelStride)"
    }
    var words = [
      "conv \(pair(\.kernel)) stride \(pair(\.stride)) pad \(pair(\.padding)) dilation \(pair(\.dilation))",
      "groups \(groups)",
    ]
    if normalizesInput { words.append("norm") }
    if hasBias { words.append("bias") }
    if activation != .identity { words.append(activation.name) }
    if addsResidual { words.append("residual/\(request.inputs[1].pixelStride)") }
    words += [text(request.inputs[0]), "to", text(request.output)]
    words.append(request.weightsStayInCache ? "weights cached" : "weights streamed")
    if request.precision == .bfloat16 { words.append("bf16") }
    if request.isBFloat16 { words.append("maps") }
    return words.joined(separator: " ")
  }

  private func expectedFastest(
    _ geometry: ConvolutionGeometry, _ request: RoutineRequest
  ) -> ConvolutionAlgorithm {
    .fastest(
      geometry, weightsStayInCache: request.weightsStayInCache, precision: request.precision,
      disabled: request.disabled)
  }

  /// The algorithm that a request names, if it can compute this convolution, or the one that is expected to be fastest.
  private func algorithm(_ geometry: ConvolutionGeometry, _ request: RoutineRequest) -> ConvolutionAlgorithm {
    if multipliesBFloat16ThroughOpenBLAS(request) { return .im2col }
    return candidates(geometry, request).first { $0.name == request.algorithm }
      ?? expectedFastest(geometry, request)
  }

  private func candidates(
    _ geometry: ConvolutionGeometry, _ request: RoutineRequest
  ) -> [ConvolutionAlgorithm] {
    ConvolutionAlgorithm.candidates(geometry, precision: request.precision, disabled: request.disabled)
  }

  private func geometry(_ request: RoutineRequest) -> ConvolutionGeometry {
    ConvolutionGeometry(
      input: request.inputs[0], output: request.output, window: window, groups: groups,
      normalizesInput: normalizesInput)
  }
}

/// A convolution by one of its algorithms.
private struct ConvolutionRoutine: Routine {
  let product: any ConvolutionProduct
  let hasBias: Bool
  let flipsWeights: Bool
  let residual: ActivationLayout?

  var algorithm: String { product.name }
  var packedCount: Int { product.packedCount }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  var sharedScratchCount: Int { product.sharedScratchCount }
  var threadScratchCount: Int { product.threadScratchCount }
  var workItems: [Int] { product.workItems }

  /// `parameters`: weight, bias if there is one, then scale and shift if the input is normalized.
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    let addresses = parameters.compactMap(\.baseAddress)
    let norm = addresses.suffix(from: min(hasBias ? 2 : 1, addresses.count))
    guard let weight = addresses.first else { return }
    product.pack(
      ConvolutionParameters(
        weight: weight, weightsAreFlipped: flipsWeights, bias: hasBias ? addresses[1] : nil,
        inputNorm: norm.count == 2 ? (norm[norm.startIndex], norm[norm.startIndex + 1]) : nil),
      into: packed)
  }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    product.run(
      phase: phase, item: item,
      ConvolutionOperands(
        input: memory.inputs[0],
        residual: residual.map { memory.input(1, $0) },
        packed: memory.packed, sharedScratch: memory.sharedScratch, threadScratch: memory.threadScratch,
        output: memory.output))
  }
}
