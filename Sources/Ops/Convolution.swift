import GraphIR
import Kernels
import TensorCore

/// Cross-correlation with learned kernels, `[N, I, H, W]` to `[N, O, H', W']`, in groups of channels;
/// a batch norm folded in, a residual and a ReLU fused in where a pass has done so.
package struct Convolution: Operator {
  package static let kind = "conv"

  /// Output channels, O.
  package var channels: Int
  /// Kernel, stride, padding, dilation.
  package var window: Window
  /// Groups of channels that do not see each other.
  package var groups = 1
  /// Whether a bias is learned (or came from a folded batch norm).
  package var hasBias = false
  /// Whether a second input of the output's shape is added: a shortcut that was fused in.
  package var addsResidual = false
  /// Whether negative results become zero: a ReLU that was fused in.
  package var rectifies = false
  /// Whether a batch norm and a ReLU are applied to the input as it is read; 1×1 only.
  package var normalizesInput = false
  /// Whether the weights are flipped, as ``ConvolutionWeights`` has it: a convolution for a gradient.
  package var flipsWeights = false

  package var description: String {
    var words = ["\(window)"]
    if normalizesInput { words.insert("BN, ReLU", at: 0) }
    if groups > 1 { words.append("\(groups) groups") }
    if addsResidual { words.append("+ residual") }
    if rectifies { words.append("ReLU") }
    return words.joined(separator: ", ")
  }
}

extension Scope {
  /// A convolution with a square kernel.
  ///
  /// No bias unless asked: most have a batch norm beside them.
  package func conv(
    _ name: String, _ input: Value, to channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, groups: Int = 1, bias: Bool = false
  ) throws(GraphError) -> Value {
    try conv(
      name, input, to: channels,
      window: Window(kernel: kernel, stride: stride, padding: padding, dilation: dilation),
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

extension Convolution {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let output = try window.slide(over: inputs[0], channels: channels)
    for channels in [inputs[0].channels, channels] where channels % groups != 0 {
      throw .indivisibleChannels(channels: channels, groups: groups)
    }
    if addsResidual && inputs[1] != output { throw .mismatch(expected: output, found: inputs[1]) }
    return output
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost {
    .streaming(inputs, output, macs: output.count * (inputs[0].channels / groups) * window.taps)
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let (inputChannels, taps) = (inputs[0].channels / groups, window.taps)
    let fans = Fans(input: inputChannels * taps, output: channels * taps)
    let weight = ParameterSpec(
      "weight", [channels, inputChannels, window.height.kernel, window.width.kernel],
      initial: .weight(.convolution, fans))
    let bias = ParameterSpec("bias", [channels], initial: .bias(.convolution, fans))
    return hasBias ? [weight, bias] : [weight]
  }

  /// Which algorithms there are, and which is expected to be fastest, is ``ConvolutionAlgorithm``'s to say.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    let geometry = geometry(request)
    let epilogue = Epilogue(hasBias: hasBias, rectifies: rectifies)
    // Kept measurements may name anything; only what can compute this convolution is taken.
    let measured = ConvolutionAlgorithm.measurable(geometry, disabled: request.disabled)
      .first { $0.name == request.algorithm }
    let algorithm = measured ?? expectedFastest(geometry, request)
    return ConvolutionRoutine(
      product: normalizesInput
        ? NormalizingGEMM(geometry, epilogue: epilogue, kernels: .best)
        : algorithm.product(geometry, epilogue: epilogue, kernels: .best),
      hasBias: hasBias, flipsWeights: flipsWeights,
      residualStride: addsResidual ? request.inputs[1].pixelStride : nil)
  }
}

extension Convolution: TunableOperator {
  package func algorithms(for request: RoutineRequest) -> [String] {
    if normalizesInput { return [prepare(request).algorithm] }
    let geometry = geometry(request)
    let first = expectedFastest(geometry, request)
    let others = ConvolutionAlgorithm.measurable(geometry, disabled: request.disabled).filter { $0 != first }
    return ([first] + others).map(\.name)
  }

  /// Sizes, strides, what is fused in, and both layouts with the floats from pixel to pixel.
  ///
  /// `conv 3x3 stride 1x1 pad 1x1 dilation 1x1 groups 1 bias relu 1x64x56x56/64 to 1x64x56x56/64 weights
  /// streamed`: algorithms differ in how many weights they read, so it ends with where those come from.
  package func problem(for request: RoutineRequest) -> String {
    func pair(_ size: (WindowAxis) -> Int) -> String { "\(size(window.height))x\(size(window.width))" }
    func text(_ layout: ActivationLayout) -> String {
      "\(layout.batch)x\(layout.channels)x\(layout.height)x\(layout.width)/\(layout.pixelStride)"
    }
    var words = [
      "conv \(pair(\.kernel)) stride \(pair(\.stride)) pad \(pair(\.padding)) dilation \(pair(\.dilation))",
      "groups \(groups)",
    ]
    if normalizesInput { words.append("norm") }
    if hasBias { words.append("bias") }
    if rectifies { words.append("relu") }
    if addsResidual { words.append("residual/\(request.inputs[1].pixelStride)") }
    words += [text(request.inputs[0]), "to", text(request.output)]
    words.append(request.weightsStayInCache ? "weights cached" : "weights streamed")
    return words.joined(separator: " ")
  }

  private func expectedFastest(
    _ geometry: ConvolutionGeometry, _ request: RoutineRequest
  ) -> ConvolutionAlgorithm {
    .fastest(geometry, weightsStayInCache: request.weightsStayInCache, disabled: request.disabled)
  }

  private func geometry(_ request: RoutineRequest) -> ConvolutionGeometry {
    ConvolutionGeometry(
      input: request.inputs[0], output: request.output, window: window, groups: groups)
  }
}

/// A convolution through one of its algorithms.
private struct ConvolutionRoutine: Routine {
  let product: any ConvolutionProduct
  let hasBias: Bool
  let flipsWeights: Bool
  let residualStride: Int?

  var algorithm: String { product.name }
  var packedCount: Int { product.packedCount }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  var sharedScratchCount: Int { product.sharedScratchCount }
  var threadScratchCount: Int { product.threadScratchCount }
  var tiles: [Int] { product.tiles }

  /// Weight, bias if there is one, then scale and shift of the input if it is normalized.
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

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    product.run(
      phase: phase, tile: tile,
      ConvolutionOperands(
        input: memory.inputs[0],
        residual: residualStride.map { Residual(memory.inputs[1], pixelStride: $0) },
        packed: memory.packed, sharedScratch: memory.sharedScratch, threadScratch: memory.threadScratch,
        output: memory.output))
  }
}
