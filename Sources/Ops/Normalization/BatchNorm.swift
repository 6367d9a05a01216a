import GraphIR
import Kernels
import TensorCore

/// Batch normalization: Ioffe and Szegedy, "Batch normalization", ICML 2015, arXiv:1502.03167, with the
/// residual and the activation that passes have fused in.
///
/// Inference uses the running statistics, algorithm 2; training uses those of the batch, algorithm 1.
package struct BatchNorm: Operator {
  package static let kind = "batch_norm"

  /// Added to the variance.
  package var epsilon = 1e-5
  /// Weight of the batch in the running averages; PyTorch's meaning and default.
  package var momentum = 0.1
  /// Whether a second input is added: a shortcut that was fused in.
  package var addsResidual = false
  /// The fused activation, applied after the residual.
  package var activation = Activation.identity

  package var description: String {
    let words = [
      epsilon == 1e-5 ? nil : "ε = \(epsilon)", momentum == 0.1 ? nil : "momentum \(momentum)",
      addsResidual ? "+ residual" : nil,
      activation == .identity ? nil : activation.description,
    ]
    return words.compactMap(\.self).joined(separator: ", ")
  }
}

extension Scope {
  /// Batch normalization; `momentum` is the weight of the batch in the running averages.
  package func batchNorm(
    _ name: String, _ input: Value, epsilon: Double = 1e-5, momentum: Double = 0.1
  ) throws(GraphError) -> Value {
    try add(name, BatchNorm(epsilon: epsilon, momentum: momentum), input)
  }

  /// Batch normalization, then ReLU.
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

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork {
    CountedWork(normalizedElements: output.count, normParameters: 2 * output.channels)
  }

  package func depiction(_ output: Shape) -> Depiction? {
    Depiction("BN", .norm, isAttached: true, isNamed: false)
  }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    var form = ONNXForm(
      "BatchNormalization", .input(0), .parameter(0), .parameter(1), .parameter(2), .parameter(3),
      attributes: [("epsilon", .float(Float(epsilon)))])
    form.finish(adding: addsResidual ? .input(1) : nil, activation)
    return form
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics {
    let tensors = parameters.flatMap(\.tensors)
    guard !addsResidual, tensors.count == 5 else { return .other }
    let norm = NormParameters(
      scale: tensors[0], shift: tensors[1], mean: tensors[2], variance: tensors[3], counters: [tensors[4]],
      epsilon: epsilon)
    return .norm(norm, activation)
  }

  /// The backward pass computes the input of the activation again, unless a residual was added to it.
  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? {
    var fused = self
    switch neighbor {
    case .activation(let next):
      guard activation == .identity, !addsResidual || next.canBeFused(for: mode) else { return nil }
      fused.activation = next
    case .residual:
      guard activation == .identity, !addsResidual else { return nil }
      fused.addsResidual = true
    case .norm, .scale, .shuffle, .inputNorm: return nil
    }
    return Fusion(fused, parameters)
  }

  /// The gradient of the residual is that of the output.
  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? {
    direction == .backward && addsResidual && index == 1 ? 0 : nil
  }

  package func byteForm(_ inputs: [Shape]) -> ByteForm {
    !addsResidual && Int8Elementwise.rounds(activation) ? .rounded : .none
  }

  package func computesBFloat16(_ request: RoutineRequest) -> Bool { request.isBFloat16 }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    request.output.quantization == nil
      ? BatchNormRoutine(
        input: request.inputs[0], residual: addsResidual ? request.inputs[1] : nil,
        output: request.output, epsilon: epsilon, activation: activation)
      : ByteBatchNormRoutine(
        input: request.inputs[0], output: request.output, epsilon: epsilon, activation: activation)
  }

  /// Normalizes by the statistics of the batch, and updates the running averages.
  ///
  /// A frozen norm is that of inference: it uses the running averages and does not update them.
  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    if request.isFrozen {
      return FrozenBatchNormTraining(
        epsilon: epsilon, activation: activation, input: request.inputs[0],
        residual: addsResidual ? request.inputs[1] : nil, output: request.output,
        inputGradient: request.inputGradients[0],
        residualGradient: addsResidual ? request.inputGradients[1] : nil, gradient: request.outputGradient)
    }
    return BatchNormTraining(
      epsilon: epsilon, momentum: momentum, activation: activation, input: request.inputs[0],
      residual: addsResidual ? request.inputs[1] : nil, output: request.output,
      inputGradient: request.inputGradients[0],
      residualGradient: addsResidual ? request.inputGradients[1] : nil, gradient: request.outputGradient,
      needsParameterGradients: request.needsParameterGradients, processes: request.part.norms)
  }
}

/// Scale γ/√(σ² + ε) and shift β - μ · scale of a channel, from parameters in checkpoint order.
private func storedNorm(
  _ parameters: [UnsafeBufferPointer<Float>], _ channel: Int, epsilon: Double
) -> (scale: Double, shift: Double) {
  let scale = Double(parameters[0][channel]) / (Double(parameters[3][channel]) + epsilon).squareRoot()
  return (scale, Double(parameters[1][channel]) - Double(parameters[2][channel]) * scale)
}

private struct BatchNormRoutine: Routine {
  let input: ActivationLayout
  let residual: ActivationLayout?
  let output: ActivationLayout
  let epsilon: Double
  let activation: Activation

  var algorithm: String { "scale_shift" }
  var packedCount: Int { 2 * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { nil }

  /// Scales, then shifts.
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    for channel in 0..<input.channels {
      let (scale, shift) = storedNorm(parameters, channel, epsilon: epsilon)
      packed[channel] = Float(scale)
      packed[input.channels + channel] = Float(shift)
    }
  }

  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Elementwise.scaleShift(
      memory.input(0, input, from: first), scale: memory.packed, shift: memory.packed + input.channels,
      residual: residual.map { memory.input(1, $0, from: first) }, count: count, channels: input.channels,
      activation, into: memory.output(output, from: first), kernels: .best)
  }
}

/// Scale and shift of the real numbers that bytes stand for.
private struct ByteBatchNormRoutine: Routine {
  let input: ActivationLayout
  let output: ActivationLayout
  let epsilon: Double
  let activation: Activation

  var algorithm: String { "int8_scale_shift" }
  var packedCount: Int { 2 * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { nil }

  /// Of bytes, in steps of the output.
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    let (from, to) = (input.byteQuantization, output.byteQuantization)
    for channel in 0..<input.channels {
      let (scale, shift) = storedNorm(parameters, channel, epsilon: epsilon)
      let step = scale * Double(from.scale)
      packed[channel] = Float(step / Double(to.scale))
      packed[input.channels + channel] = Float((shift - step * Double(from.zeroPoint)) / Double(to.scale))
    }
  }

  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var workItems: [Int] { [PixelTiles(input).count] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    Int8Elementwise.scaleShift(
      memory.bytes(ofInput: 0, input, from: first), scale: memory.packed,
      shift: memory.packed + input.channels, count: count, channels: input.channels, activation,
      into: memory.outputBytes(output, from: first), kernels: .best)
  }
}

/// Each pass has three phases: sums over tiles of pixels, totals in double, elements.
///
/// With the statistics of several processes it has four: the totals of this process come before those of all.
///
/// The backward pass computes the input of the activation again, so the output need not be saved. With a
/// residual it reads the output instead, and the gradient in front of the activation is that of the residual.
private struct BatchNormTraining: DirectTraining {
  let epsilon: Double
  let momentum: Double
  let activation: Activation
  let input: ActivationLayout
  let residual: ActivationLayout?
  let output: ActivationLayout
  let inputGradient: GradientRequest?
  let residualGradient: GradientRequest?
  let gradient: ActivationLayout
  let needsParameterGradients: Bool
  /// Whose images the statistics are of.
  let processes: Share

  /// Channels whose totals are a work item.
  private static let channelsPerItem = 64

  private var channels: Int { input.channels }
  /// Whether the gradient in front of the activation is computed from the output.
  private var readsOutput: Bool { residual != nil && activation != .identity }
  private var pixelTiles: PixelTiles { PixelTiles(input) }
  private var channelItems: Int { channels.dividedRoundingUp(by: BatchNormTraining.channelsPerItem) }

  func algorithm(_ direction: Direction) -> String { "batch_statistics" }
  var savedTensors: SavedTensors {
    SavedTensors(
      inputs: residual == nil ? [true] : [true, false], output: readsOutput,
      statisticsCount: 4 * channels)
  }

  /// Two sums for each tile, in the backward pass two means after them, and the blocks of several processes.
  func sharedScratchCount(_ direction: Direction) -> Int {
    processes == .all
      ? blockOffset(direction)
      : blockOffset(direction) + processes.processes * blockCount * (MemoryLayout<Double>.stride / 4)
  }

  private func blockOffset(_ direction: Direction) -> Int {
    let sums = 2 * channels * (pixelTiles.count + (direction == .backward ? 1 : 0))
    return processes == .all ? sums : sums.roundedUp(to: 16)
  }

  /// Doubles of a process: two for each channel, and the number of pixels.
  private var blockCount: Int { 2 * channels + 1 }

  /// What a process found, this one unless another is named.
  private func block(of process: Int? = nil, _ direction: Direction, _ memory: TrainingMemory)
    -> UnsafeMutablePointer<Double>
  {
    UnsafeMutableRawPointer(memory.sharedScratch + blockOffset(direction))
      .assumingMemoryBound(to: Double.self) + (process ?? processes.rank) * blockCount
  }

  func exchange(_ direction: Direction, after phase: Int) -> BlockExchange? {
    guard processes != .all, phases[phase] == .own else { return nil }
    return BlockExchange(
      offset: blockOffset(direction), bytes: blockCount * MemoryLayout<Double>.stride, processes: processes)
  }

  private enum Phase { case sums, own, totals, elements }
  private var phases: [Phase] {
    processes == .all ? [.sums, .totals, .elements] : [.sums, .own, .totals, .elements]
  }

  func workItems(_ direction: Direction) -> [Int] {
    let hasLast = direction == .forward || inputGradient != nil || residualGradient != nil
    return phases.map { phase in
      switch phase {
      case .sums: pixelTiles.count
      case .own, .totals: channelItems
      case .elements: hasLast ? pixelTiles.count : 0
      }
    }
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    // Without an array of phases: work items do not allocate.
    let phase = processes == .all && phase > 0 ? phase + 1 : phase
    switch (direction, phase) {
    case (.forward, 0): sum(item, memory)
    case (.forward, 1): shareStatistics(item, memory)
    case (.forward, 2): combineStatistics(item, memory)
    case (.forward, _): normalize(item, memory)
    case (.backward, 0): sumGradients(item, memory)
    case (.backward, 1): shareGradients(item, memory)
    case (.backward, 2): combineGradients(item, memory)
    case (.backward, _): computeInputGradients(item, memory)
    }
  }

  /// The channels of a work item.
  private func channels(of item: Int) -> Range<Int> {
    let first = item * BatchNormTraining.channelsPerItem
    return first..<min(first + BatchNormTraining.channelsPerItem, channels)
  }

  private func sum(_ item: Int, _ memory: TrainingMemory) {
    let (first, count) = pixelTiles.pixels(of: item)
    let sums = memory.sharedScratch + item * 2 * channels
    BatchStatistics.compute(
      memory.input(0, input, from: first), count: count, channels: channels, mean: sums,
      deviation: sums + channels, kernels: .best)
  }

  /// Mean, sum of squared deviations and number of some values of a channel.
  private struct Deviations {
    var mean = 0.0
    var squares = 0.0
    var count = 0.0

    /// Combines those of two parts: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing
    /// sample variances", 1979, equations 2.1.
    mutating func add(mean: Double, squares: Double, count: Double) {
      let delta = mean - self.mean
      self.mean += delta * count / (self.count + count)
      self.squares += squares + delta * delta * self.count * count / (self.count + count)
      self.count += count
    }
  }

  /// Those of the images of this process.
  private func ownDeviations(_ channel: Int, _ memory: TrainingMemory) -> Deviations {
    var deviations = Deviations()
    for part in 0..<pixelTiles.count {
      let sums = memory.sharedScratch + part * 2 * channels + channel
      deviations.add(
        mean: Double(sums[0]), squares: Double(sums[channels]),
        count: Double(pixelTiles.pixels(of: part).count))
    }
    return deviations
  }

  private func shareStatistics(_ item: Int, _ memory: TrainingMemory) {
    let block = block(.forward, memory)
    for channel in channels(of: item) {
      let deviations = ownDeviations(channel, memory)
      block[channel] = deviations.mean
      block[channels + channel] = deviations.squares
    }
    block[2 * channels] = Double(input.pixels)
  }

  private func deviations(_ channel: Int, _ memory: TrainingMemory) -> Deviations {
    if processes == .all { return ownDeviations(channel, memory) }
    var deviations = Deviations()
    for process in 0..<processes.processes {
      let block = block(of: process, .forward, memory)
      deviations.add(mean: block[channel], squares: block[channels + channel], count: block[2 * channels])
    }
    return deviations
  }

  private func combineStatistics(_ item: Int, _ memory: TrainingMemory) {
    for channel in channels(of: item) {
      let deviations = deviations(channel, memory)
      let (mean, squares, seen) = (deviations.mean, deviations.squares, deviations.count)
      let inverse = 1 / (squares / seen + epsilon).squareRoot()
      let scale = Double(memory.parameters[0][channel]) * inverse
      let statistics = memory.statistics + channel
      statistics[0] = Float(mean)
      statistics[channels] = Float(inverse)
      statistics[2 * channels] = Float(scale)
      statistics[3 * channels] = Float(Double(memory.parameters[1][channel]) - mean * scale)
      if memory.updatesStatistics {
        let variance = squares / max(seen - 1, 1)
        memory.parameters[2][channel] = Float(
          (1 - momentum) * Double(memory.parameters[2][channel]) + momentum * mean)
        memory.parameters[3][channel] = Float(
          (1 - momentum) * Double(memory.parameters[3][channel]) + momentum * variance)
      }
    }
    if item == 0 && memory.updatesStatistics { memory.parameters[4][0] += 1 }
  }

  private func normalize(_ item: Int, _ memory: TrainingMemory) {
    let (first, count) = pixelTiles.pixels(of: item)
    Elementwise.scaleShift(
      memory.input(0, input, from: first), scale: memory.statistics + 2 * channels,
      shift: memory.statistics + 3 * channels, residual: residual.map { memory.input(1, $0, from: first) },
      count: count, channels: channels, activation, into: memory.output(output, from: first), kernels: .best)
  }

  private func normalization(_ memory: TrainingMemory) -> BatchStatistics.Normalization {
    BatchStatistics.Normalization(
      mean: memory.statistics, inverse: memory.statistics + channels, scale: memory.statistics + 2 * channels,
      shift: memory.statistics + 3 * channels, activation: residual == nil ? activation : .identity)
  }

  private func sumGradients(_ item: Int, _ memory: TrainingMemory) {
    let (first, count) = pixelTiles.pixels(of: item)
    let sums = memory.sharedScratch + item * 2 * channels
    let pixels = memory.gradient(gradient, from: first)
    if readsOutput {
      Gradients.activation(
        activation, at: Pixels(memory.output(output, from: first)), gradient: pixels, count: count,
        channels: channels, accumulates: false, into: pixels, kernels: .best)
    }
    BatchStatistics.sums(
      gradient: pixels, input: memory.input(0, input, from: first), normalization(memory), count: count,
      channels: channels, sum: sums, product: sums + channels, kernels: .best)
  }

  /// The sums of gradients, and of gradients by normalized inputs, of the images of this process.
  ///
  /// They are the gradients of the parameters.
  private func ownSums(_ channel: Int, _ memory: TrainingMemory) -> (sum: Double, product: Double) {
    var (sum, product) = (0.0, 0.0)
    for part in 0..<pixelTiles.count {
      let sums = memory.sharedScratch + part * 2 * channels + channel
      sum += Double(sums[0])
      product += Double(sums[channels])
    }
    if needsParameterGradients {
      memory.parameterGradients[0][channel] = Float(product)
      memory.parameterGradients[1][channel] = Float(sum)
    }
    return (sum, product)
  }

  private func shareGradients(_ item: Int, _ memory: TrainingMemory) {
    let block = block(.backward, memory)
    for channel in channels(of: item) {
      (block[channel], block[channels + channel]) = ownSums(channel, memory)
    }
    block[2 * channels] = Double(input.pixels)
  }

  private func combineGradients(_ item: Int, _ memory: TrainingMemory) {
    let means = memory.sharedScratch + pixelTiles.count * 2 * channels
    for channel in channels(of: item) {
      var (sum, product, pixels) = (0.0, 0.0, 0.0)
      if processes == .all {
        (sum, product) = ownSums(channel, memory)
        pixels = Double(input.pixels)
      } else {
        for process in 0..<processes.processes {
          let block = block(of: process, .backward, memory)
          sum += block[channel]
          product += block[channels + channel]
          pixels += block[2 * channels]
        }
      }
      let inverse = Double(memory.statistics[channels + channel])
      means[channel] = Float(sum / pixels)
      means[channels + channel] = Float(product / pixels * inverse)
    }
  }

  private func computeInputGradients(_ item: Int, _ memory: TrainingMemory) {
    let (first, count) = pixelTiles.pixels(of: item)
    let pixels = memory.gradient(gradient, from: first)
    if let inputGradient {
      let means = memory.sharedScratch + pixelTiles.count * 2 * channels
      BatchStatistics.gradient(
        pixels, input: memory.input(0, input, from: first), normalization(memory), meanGradient: means,
        meanProduct: means + channels, count: count, channels: channels,
        accumulates: inputGradient.accumulates,
        into: memory.gradient(ofInput: 0, inputGradient, from: first), kernels: .best)
    }
    if let residualGradient, !residualGradient.inPlace {
      Gradients.scaled(
        pixels, count: count, channels: channels, accumulates: residualGradient.accumulates,
        into: memory.gradient(ofInput: 1, residualGradient, from: first), kernels: .best)
    }
  }
}
