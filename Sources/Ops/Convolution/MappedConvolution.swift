import GraphIR
import TensorCore

/// A convolution in which each output channel reads only some of the input channels: layer C3 of LeCun and
/// others, 1998, Table I.
///
/// The weights are the kernels that exist, `[connections, kH, kW]`, by output channel, then by input channel.
package struct MappedConvolution: Operator {
  package static let kind = "mapped_conv"

  /// The input channels that each output channel reads, ascending.
  package var sources: [[Int]]
  /// Kernel, stride, padding, dilation.
  package var window: Window

  package var description: String { "\(window), \(connections) of the maps' pairs" }

  /// Connected pairs of an input and an output channel, with a kernel each.
  private var connections: Int { sources.reduce(0) { $0 + $1.count } }
}

extension Scope {
  /// A convolution with a square kernel and a bias, in which output channel o reads the input channels
  /// `sources[o]`.
  package func mappedConv(
    _ name: String, _ input: Value, sources: [[Int]], kernel: Int
  ) throws(GraphError) -> Value {
    try add(name, MappedConvolution(sources: sources, window: Window(kernel: kernel)), input)
  }
}

extension MappedConvolution {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let output = try window.slide(over: inputs[0], channels: sources.count)
    let seen = 1 + (sources.joined().max() ?? -1)
    guard seen <= inputs[0].channels else {
      throw .wrongChannels(expected: seen, found: inputs[0].channels)
    }
    return output
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    // Maps differ in how many they read: the mean over the output maps.
    let mean = max(1, connections * window.taps / max(sources.count, 1))
    let fans = Fans(input: mean, output: mean)
    return [
      ParameterSpec(
        "weight", [connections, window.height.kernel, window.width.kernel],
        initial: .weight(.convolution, fans)),
      ParameterSpec("bias", [sources.count], initial: .bias(.convolution, fans)),
    ]
  }

  /// No tool knows it as a convolution.
  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    CountedWork(otherMACs: output.batch * output.height * output.width * connections * window.taps)
  }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("\(window.size) conv, \(sources.count)\(window.strideSuffix), mapped", .convolution)
  }

  /// The kernels are put into those of a dense convolution, which are zero elsewhere.
  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    let (channels, kernel) = (inputs[0].channels, [window.height.kernel, window.width.kernel])
    let places = sources.enumerated().flatMap { output, inputs in inputs.map { output * channels + $0 } }
    let pairs = sources.count * channels
    var form = ONNXForm()
    form.add(
      "ScatterND", .floats([Float](repeating: 0, count: pairs * window.taps), Shape([pairs] + kernel)),
      .integers(places, [places.count, 1]), .parameter(0))
    let weights = form.add("Reshape", form.output, .integers([sources.count, channels] + kernel))
    form.add("Conv", .input(0), weights, .parameter(1), attributes: ONNXForm.attributes(of: window))
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  /// A dense convolution with zero kernels for missing connections: there are few channels, and its routines
  /// are fast.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    let dense = Convolution(channels: sources.count, window: window, hasBias: true)
    return MappedConvolutionRoutine(
      sources: sources, taps: window.taps, inputChannels: request.inputs[0].channels,
      dense: dense.prepare(request))
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    let dense = Convolution(channels: sources.count, window: window, hasBias: true)
    return MappedConvolutionTraining(
      sources: sources, taps: window.taps, inputChannels: request.inputs[0].channels,
      dense: dense.training(request), needsParameterGradients: request.needsParameterGradients)
  }

  /// Calls `body` with the offset of each kernel, among the stored ones and among those of the dense
  /// convolution.
  fileprivate static func forEachKernel(
    _ sources: [[Int]], taps: Int, inputChannels: Int, _ body: (_ stored: Int, _ dense: Int) -> Void
  ) {
    var kernel = 0
    for (output, inputs) in sources.enumerated() {
      for input in inputs {
        body(kernel * taps, (output * inputChannels + input) * taps)
        kernel += 1
      }
    }
  }
}

private struct MappedConvolutionRoutine: Routine {
  let sources: [[Int]]
  let taps: Int
  let inputChannels: Int
  let dense: any Routine

  var algorithm: String { "dense_\(dense.algorithm)" }
  var packedCount: Int { dense.packedCount }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  var sharedScratchCount: Int { dense.sharedScratchCount }
  var threadScratchCount: Int { dense.threadScratchCount }
  var workItems: [Int] { dense.workItems }

  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    var weight = [Float](repeating: 0, count: sources.count * inputChannels * taps)
    MappedConvolution.forEachKernel(sources, taps: taps, inputChannels: inputChannels) { stored, dense in
      for tap in 0..<taps { weight[dense + tap] = parameters[0][stored + tap] }
    }
    weight.withUnsafeBufferPointer { dense.pack([$0, parameters[1]], into: packed) }
  }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    dense.run(phase: phase, item: item, memory: memory)
  }
}

/// The dense convolution in training, with zero kernels for missing connections; their gradients are dropped.
private struct MappedConvolutionTraining: TrainingRoutine {
  let sources: [[Int]]
  let taps: Int
  let inputChannels: Int
  let dense: ConvolutionTraining
  let needsParameterGradients: Bool

  /// Weights of the dense convolution.
  private var denseCount: Int { sources.count * inputChannels * taps }

  func algorithm(_ direction: Direction) -> String { "dense_\(dense.algorithm(direction))" }
  var savedTensors: SavedTensors { dense.savedTensors }
  func packedCount(_ direction: Direction) -> Int { dense.packedCount(direction) }

  func pack(_ direction: Direction, memory: TrainingMemory) {
    let weight = memory.threadScratch
    weight.update(repeating: 0, count: denseCount)
    MappedConvolution.forEachKernel(sources, taps: taps, inputChannels: inputChannels) { stored, dense in
      (weight + dense).update(from: memory.parameters[0] + stored, count: taps)
    }
    var memory = memory
    memory.threadScratch += denseCount
    dense.pack(direction, weight: weight, bias: memory.parameters[1], memory: memory)
  }

  /// In the backward pass, the dense gradient follows the scratch of the dense convolution.
  func sharedScratchCount(_ direction: Direction) -> Int {
    dense.sharedScratchCount(direction) + (direction == .backward ? denseCount : 0)
  }
  func threadScratchCount(_ direction: Direction) -> Int {
    dense.threadScratchCount(direction) + denseCount
  }

  func workItems(_ direction: Direction) -> [Int] {
    dense.workItems(direction) + (direction == .backward && needsParameterGradients ? [1] : [])
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    guard direction == .backward else {
      dense.run(direction, phase: phase, item: item, memory: memory)
      return
    }
    let gradient = memory.sharedScratch + dense.sharedScratchCount(.backward)
    if phase < dense.workItems(.backward).count {
      dense.runBackward(phase: phase, item: item, weightGradient: gradient, memory: memory)
      return
    }
    MappedConvolution.forEachKernel(sources, taps: taps, inputChannels: inputChannels) { stored, dense in
      (memory.parameterGradients[0] + stored).update(from: gradient + dense, count: taps)
    }
  }
}
