import GraphIR
import Kernels
import TensorCore

/// A convolution in training.
///
/// The backward pass takes the gradient back through the activation and sums it for the bias, then computes
/// the gradient of the weights, then that of the input.
struct ConvolutionTraining: TrainingRoutine {
  /// How the gradient of the input is computed.
  enum InputGradientAlgorithm {
    /// As a convolution with the flipped kernels.
    case flipped(any Routine)
    /// By the kernels for depthwise convolutions.
    case depthwise(DepthwiseInputGradient)
    /// By `sgemm` and col2im.
    case scatter(ScatterGEMM)
  }

  /// What a phase of the backward pass computes.
  private enum Work {
    case activation, bias
    case weights(phase: Int)
    case input(phase: Int)
  }

  let geometry: ConvolutionGeometry
  /// `nil` if the parameters do not learn.
  let weights: (any WeightGradient)?
  let hasBias: Bool
  let activation: Activation
  let forward: any Routine
  let output: ActivationLayout
  let input: GradientRequest?
  let inputGradient: InputGradientAlgorithm?
  private let bias: ChannelSums
  private let phases: [(work: Work, items: Int)]

  init(
    geometry: ConvolutionGeometry, weights: (any WeightGradient)?, hasBias: Bool, activation: Activation,
    forward: any Routine, output: ActivationLayout, input: GradientRequest?,
    inputGradient: InputGradientAlgorithm?
  ) {
    self.geometry = geometry
    self.weights = weights
    self.hasBias = hasBias
    self.activation = activation
    self.forward = forward
    self.output = output
    self.input = input
    self.inputGradient = inputGradient
    bias = ChannelSums(geometry.output)
    var phases: [(work: Work, items: Int)] = []
    let biasLearns = hasBias && weights != nil
    if activation != .identity || biasLearns { phases.append((.activation, bias.tileCount)) }
    for (phase, items) in (weights?.workItems ?? []).enumerated() {
      phases.append((.weights(phase: phase), items))
    }
    if biasLearns { phases.append((.bias, 1)) }
    switch inputGradient {
    case .flipped(let routine):
      for (phase, items) in routine.workItems.enumerated() { phases.append((.input(phase: phase), items)) }
    case .depthwise(let gradient): phases.append((.input(phase: 0), gradient.itemCount))
    case .scatter(let scatter): phases.append((.input(phase: 0), scatter.itemCount))
    case nil: break
    }
    self.phases = phases
  }

  /// For the backward pass, that of the weights' gradient and that of the input's.
  func algorithm(_ direction: Direction) -> String {
    if direction == .forward { return forward.algorithm }
    let input: String? =
      switch inputGradient {
      case .flipped(let routine): "flipped_\(routine.algorithm)"
      case .depthwise(let gradient): gradient.name
      case .scatter(let scatter): scatter.name
      case nil: nil
      }
    return [weights?.name, input].compactMap(\.self).joined(separator: "+")
  }
  var savedTensors: SavedTensors { SavedTensors(inputs: [weights != nil], output: activation != .identity) }

  private var weightCount: Int { geometry.output.channels * geometry.depth }

  func packedCount(_ direction: Direction) -> Int {
    switch (direction, inputGradient) {
    case (.forward, _): forward.packedCount
    case (.backward, .flipped(let routine)): routine.packedCount
    case (.backward, .depthwise(let gradient)): gradient.packedCount
    case (.backward, .scatter(let scatter)): scatter.packedCount
    case (.backward, nil): 0
    }
  }

  func pack(_ direction: Direction, memory: TrainingMemory) {
    pack(
      direction, weight: memory.parameters[0],
      bias: hasBias ? UnsafePointer(memory.parameters[1]) : nil, memory: memory)
  }

  /// Packs weights and bias from any address.
  func pack(
    _ direction: Direction, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    memory: TrainingMemory
  ) {
    let stored = UnsafeBufferPointer(start: weight, count: weightCount)
    switch (direction, inputGradient) {
    case (.forward, _):
      let channels = geometry.output.channels
      forward.pack(
        [stored] + (bias.map { [UnsafeBufferPointer(start: $0, count: channels)] } ?? []),
        into: memory.packed)
    case (.backward, .flipped(let routine)):
      routine.pack([stored], into: memory.packed)
    case (.backward, .depthwise(let gradient)): gradient.pack(weight, into: memory.packed)
    case (.backward, .scatter(let scatter)): scatter.pack(weight, into: memory.packed)
    case (.backward, nil): break
    }
  }

  func sharedScratchCount(_ direction: Direction) -> Int {
    if direction == .forward { return forward.sharedScratchCount }
    var count = (weights?.sharedScratchCount ?? 0) + bias.scratchCount
    if case .flipped(let routine) = inputGradient { count = max(count, routine.sharedScratchCount) }
    return count
  }

  func threadScratchCount(_ direction: Direction) -> Int {
    if direction == .forward { return forward.threadScratchCount }
    let count = weights?.threadScratchCount ?? 0
    switch inputGradient {
    case .flipped(let routine): return max(count, routine.threadScratchCount)
    case .depthwise(let gradient): return max(count, gradient.threadScratchCount)
    case .scatter(let scatter): return max(count, scatter.threadScratchCount)
    case nil: return count
    }
  }

  func workItems(_ direction: Direction) -> [Int] {
    direction == .forward ? forward.workItems : phases.map(\.items)
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    switch direction {
    case .forward: forward.run(phase: phase, item: item, memory: memory.inference)
    case .backward:
      runBackward(
        phase: phase, item: item, weightGradient: memory.parameterGradients[0], memory: memory)
    }
  }

  /// Computes a work item of the backward pass, with the gradient of the weights at any address.
  func runBackward(
    phase: Int, item: Int, weightGradient: UnsafeMutablePointer<Float>, memory: TrainingMemory
  ) {
    let biasSums = memory.sharedScratch + (weights?.sharedScratchCount ?? 0)
    switch phases[phase].work {
    case .activation:
      let (first, count) = bias.pixels(of: item)
      if activation != .identity {
        let pixels = memory.gradient(geometry.output, from: first)
        Gradients.activation(
          activation, at: Pixels(memory.output(output, from: first)), gradient: pixels, count: count,
          channels: output.channels, accumulates: false, into: pixels, kernels: .best)
      }
      if hasBias && weights != nil {
        bias.add(tile: item, of: UnsafePointer(memory.outputGradient), into: biasSums)
      }
    case .bias: bias.finish(UnsafePointer(biasSums), into: memory.parameterGradients[1])
    case .weights(let inner):
      weights?.run(
        phase: inner, item: item,
        WeightGradientOperands(
          input: memory.inputs[0], outputGradient: UnsafePointer(memory.outputGradient),
          weightGradient: weightGradient, sharedScratch: memory.sharedScratch,
          threadScratch: memory.threadScratch))
    case .input(let inner):
      computeInputGradient(phase: inner, item: item, memory: memory)
    }
  }

  private func computeInputGradient(phase: Int, item: Int, memory: TrainingMemory) {
    let target = memory.inputGradients[0]
    switch inputGradient {
    case .flipped(let routine):
      // The second input is the residual: the gradient that is there already.
      withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: 2) { inputs in
        guard let table = inputs.baseAddress else { return }
        table.initialize(to: UnsafePointer(memory.outputGradient))
        (table + 1).initialize(to: UnsafePointer(target))
        routine.run(
          phase: phase, item: item,
          memory: RoutineMemory(
            inputs: UnsafePointer(table), output: target, packed: UnsafePointer(memory.packed),
            sharedScratch: memory.sharedScratch, threadScratch: memory.threadScratch))
      }
    case .depthwise(let gradient):
      gradient.run(
        item: item, gradient: UnsafePointer(memory.outputGradient),
        packed: UnsafePointer(memory.packed), accumulates: input?.accumulates ?? false,
        scratch: memory.threadScratch, into: target)
    case .scatter(let scatter):
      scatter.run(
        item: item, gradient: UnsafePointer(memory.outputGradient),
        packed: UnsafePointer(memory.packed), accumulates: input?.accumulates ?? false,
        scratch: memory.threadScratch, into: target)
    case nil: break
    }
  }
}
