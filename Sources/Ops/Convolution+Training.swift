import GraphIR
import Kernels
import TensorCore

extension Convolution {
  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    training(request)
  }

  /// The algorithms of a step of training.
  ///
  /// - Forward: what inference takes.
  /// - Gradient of the weights: ``WeightGradient``.
  /// - Gradient of the input: with stride 1 it is a convolution with the kernels turned round, and every
  ///   algorithm for convolutions serves; else, or where `turned` is switched off, `sgemm` and col2im.
  func training(_ request: TrainingRequest) -> ConvolutionTraining {
    let input = request.inputGradients[0]
    var inputGradient: ConvolutionTraining.InputGradientAlgorithm?
    if let input {
      if !request.disabled.contains("turned"), let window = InputGradient.window(of: window) {
        let turned = Convolution(
          channels: request.inputs[0].channels, window: window, groups: groups,
          addsResidual: input.accumulates, turnsWeights: true)
        inputGradient = .turned(
          turned.prepare(
            RoutineRequest(
              inputs: [request.outputGradient] + (input.accumulates ? [input.layout] : []),
              output: input.layout, disabled: request.disabled.subtracting(["implicit_gemm"]))))
      } else {
        inputGradient = .scatter(
          ScatterGEMM(
            ConvolutionGeometry(
              input: input.layout, output: request.outputGradient, window: window, groups: groups)))
      }
    }
    return ConvolutionTraining(
      geometry: ConvolutionGeometry(
        input: request.inputs[0], output: request.outputGradient, window: window, groups: groups),
      hasBias: hasBias, rectifies: rectifies, forward: prepare(request.inference),
      output: request.output, input: input, inputGradient: inputGradient,
      needsParameterGradients: request.needsParameterGradients)
  }
}

/// A convolution in training: for the backward half, ReLU and sums for the bias, then the gradient of the
/// weights, then that of the input.
struct ConvolutionTraining: TrainingRoutine {
  /// How the gradient of the input is computed.
  enum InputGradientAlgorithm {
    /// As a convolution with the kernels turned round.
    case turned(any Routine)
    /// By `sgemm` and col2im.
    case scatter(ScatterGEMM)
  }

  /// What a phase of the backward half does.
  private enum Work {
    case closeReLU, weights, reduction
    case input(phase: Int)
  }

  let geometry: ConvolutionGeometry
  let hasBias: Bool
  let rectifies: Bool
  let forward: any Routine
  let output: ActivationLayout
  let input: GradientRequest?
  let inputGradient: InputGradientAlgorithm?
  let needsParameterGradients: Bool
  private let weights: WeightGradient
  private let bias: ChannelSums
  private let phases: [(work: Work, tiles: Int)]

  init(
    geometry: ConvolutionGeometry, hasBias: Bool, rectifies: Bool, forward: any Routine,
    output: ActivationLayout, input: GradientRequest?, inputGradient: InputGradientAlgorithm?,
    needsParameterGradients: Bool
  ) {
    self.geometry = geometry
    self.hasBias = hasBias
    self.rectifies = rectifies
    self.forward = forward
    self.output = output
    self.input = input
    self.inputGradient = inputGradient
    self.needsParameterGradients = needsParameterGradients
    weights = WeightGradient(geometry, kernels: .best)
    bias = ChannelSums(geometry.output)
    var phases: [(work: Work, tiles: Int)] = []
    if rectifies || hasBias && needsParameterGradients { phases.append((.closeReLU, bias.tileCount)) }
    if needsParameterGradients {
      phases.append((.weights, weights.tileCount))
      phases.append((.reduction, weights.reductionTiles + (hasBias ? 1 : 0)))
    }
    switch inputGradient {
    case .turned(let routine):
      for (phase, tiles) in routine.tiles.enumerated() { phases.append((.input(phase: phase), tiles)) }
    case .scatter(let scatter): phases.append((.input(phase: 0), scatter.tileCount))
    case nil: break
    }
    self.phases = phases
  }

  var algorithm: String { forward.algorithm }
  var kept: Kept { Kept(inputs: [needsParameterGradients], output: rectifies) }

  private var weightCount: Int { geometry.output.channels * geometry.depth }

  func packedCount(_ direction: Direction) -> Int {
    switch (direction, inputGradient) {
    case (.forward, _): forward.packedCount
    case (.backward, .turned(let routine)): routine.packedCount
    case (.backward, .scatter(let scatter)): scatter.packedCount
    case (.backward, nil): 0
    }
  }

  func pack(_ direction: Direction, memory: TrainingMemory) {
    pack(
      direction, weight: memory.parameters[0],
      bias: hasBias ? UnsafePointer(memory.parameters[1]) : nil, memory: memory)
  }

  /// Arranges weights and bias wherever they lie.
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
    case (.backward, .turned(let routine)):
      routine.pack([stored], into: memory.packed)
    case (.backward, .scatter(let scatter)): scatter.pack(weight, into: memory.packed)
    case (.backward, nil): break
    }
  }

  func sharedScratchCount(_ direction: Direction) -> Int {
    if direction == .forward { return forward.sharedScratchCount }
    var count = (needsParameterGradients ? weights.sharedScratchCount : 0) + bias.scratchCount
    if case .turned(let routine) = inputGradient { count = max(count, routine.sharedScratchCount) }
    return count
  }

  func threadScratchCount(_ direction: Direction) -> Int {
    if direction == .forward { return forward.threadScratchCount }
    let own = needsParameterGradients ? weights.threadScratchCount : 0
    switch inputGradient {
    case .turned(let routine): return max(own, routine.threadScratchCount)
    case .scatter(let scatter): return max(own, scatter.threadScratchCount)
    case nil: return own
    }
  }

  func tiles(_ direction: Direction) -> [Int] {
    direction == .forward ? forward.tiles : phases.map(\.tiles)
  }

  func run(_ direction: Direction, phase: Int, tile: Int, memory: TrainingMemory) {
    switch direction {
    case .forward: forward.run(phase: phase, tile: tile, memory: memory.inference)
    case .backward:
      runBackward(
        phase: phase, tile: tile, weightGradient: memory.parameterGradients[0], memory: memory)
    }
  }

  /// One tile of the backward half, with the gradient of the weights wherever it shall lie.
  func runBackward(
    phase: Int, tile: Int, weightGradient: UnsafeMutablePointer<Float>, memory: TrainingMemory
  ) {
    let biasSums =
      memory.sharedScratch + (needsParameterGradients ? weights.sharedScratchCount : 0)
    switch phases[phase].work {
    case .closeReLU:
      let (first, count) = bias.pixels(of: tile)
      if rectifies {
        let pixels = memory.gradient(geometry.output, from: first)
        Gradients.relu(
          result: UnsafePointer(memory.output + first * output.pixelStride),
          resultStride: output.pixelStride, gradient: pixels, pixels: count, channels: output.channels,
          accumulates: false, into: pixels, kernels: .best)
      }
      if hasBias && needsParameterGradients {
        bias.add(tile: tile, of: UnsafePointer(memory.outputGradient), into: biasSums)
      }
    case .weights:
      weights.run(
        tile: tile, input: memory.inputs[0], gradient: UnsafePointer(memory.outputGradient),
        sums: weights.isDirect ? weightGradient : memory.sharedScratch, scratch: memory.threadScratch)
    case .reduction where tile == weights.reductionTiles:
      bias.finish(UnsafePointer(biasSums), into: memory.parameterGradients[1])
    case .reduction:
      weights.reduce(tile: tile, sums: memory.sharedScratch, into: weightGradient)
    case .input(let inner):
      computeInputGradient(phase: inner, tile: tile, memory: memory)
    }
  }

  private func computeInputGradient(phase: Int, tile: Int, memory: TrainingMemory) {
    let target = memory.inputGradients[0]
    switch inputGradient {
    case .turned(let routine):
      // The second input is the residual: what is there already.
      withUnsafeTemporaryAllocation(of: UnsafePointer<Float>.self, capacity: 2) { inputs in
        guard let table = inputs.baseAddress else { return }
        table.initialize(to: UnsafePointer(memory.outputGradient))
        (table + 1).initialize(to: UnsafePointer(target))
        routine.run(
          phase: phase, tile: tile,
          memory: RoutineMemory(
            inputs: UnsafePointer(table), output: target, packed: UnsafePointer(memory.packed),
            sharedScratch: memory.sharedScratch, threadScratch: memory.threadScratch))
      }
    case .scatter(let scatter):
      scatter.run(
        tile: tile, gradient: UnsafePointer(memory.outputGradient),
        packed: UnsafePointer(memory.packed), accumulates: input?.accumulates ?? false,
        scratch: memory.threadScratch, into: target)
    case nil: break
    }
  }
}
