import GraphIR
import Kernels
import TensorCore

/// A batch norm in training whose parameters do not learn: y = act(scale · x + shift + residual), with scale
/// and shift from the stored statistics, as in PyTorch's `eval()`.
struct FrozenBatchNormTraining: TrainingRoutine {
  let epsilon: Double
  let activation: Activation
  let input: ActivationLayout
  let residual: ActivationLayout?
  let output: ActivationLayout
  let inputGradient: GradientRequest?
  let residualGradient: GradientRequest?
  let gradient: ActivationLayout

  private var channels: Int { input.channels }
  private var pixelTiles: PixelTiles { PixelTiles(input) }

  func algorithm(_ direction: Direction) -> String { "scale_shift" }
  /// Whether the activation's derivative is computed from its input, which is computed again from the norm's.
  private var readsInput: Bool { !activation.derivativeFollowsFromResult }
  var savedTensors: SavedTensors {
    SavedTensors(
      inputs: residual == nil ? [readsInput] : [false, false], output: !readsInput && activation != .identity)
  }
  func sharedScratchCount(_ direction: Direction) -> Int { 0 }
  func threadScratchCount(_ direction: Direction) -> Int { 0 }

  /// Scale γ/√(σ² + ε), shift β - μ · scale, zeros.
  func packedCount(_ direction: Direction) -> Int { 3 * channels }

  func pack(_ direction: Direction, memory: TrainingMemory) {
    let parameters = memory.parameters
    for channel in 0..<channels {
      let scale = Double(parameters[0][channel]) / (Double(parameters[3][channel]) + epsilon).squareRoot()
      memory.packed[channel] = Float(scale)
      memory.packed[channels + channel] = Float(
        Double(parameters[1][channel]) - Double(parameters[2][channel]) * scale)
      memory.packed[2 * channels + channel] = 0
    }
  }

  func workItems(_ direction: Direction) -> [Int] {
    let isIdle = direction == .backward && inputGradient == nil && residualGradient == nil
    return [isIdle ? 0 : pixelTiles.count]
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    let (first, count) = pixelTiles.pixels(of: item)
    switch direction {
    case .forward:
      Elementwise.scaleShift(
        memory.input(0, input, from: first), scale: memory.packed, shift: memory.packed + channels,
        residual: residual.map { memory.input(1, $0, from: first) }, count: count, channels: channels,
        activation, into: memory.output(output, from: first), kernels: .best)
    case .backward: runBackward(first: first, count: count, memory: memory)
    }
  }

  private func runBackward(first: Int, count: Int, memory: TrainingMemory) {
    let pixels = memory.gradient(gradient, from: first)
    let zeros = UnsafePointer(memory.packed + 2 * channels)
    if readsInput {
      guard let inputGradient else { return }
      let norm = BatchStatistics.Normalization(
        mean: zeros, inverse: zeros, scale: memory.packed, shift: memory.packed + channels,
        activation: activation)
      BatchStatistics.gradient(
        pixels, input: memory.input(0, input, from: first), norm, meanGradient: zeros, meanProduct: zeros,
        count: count, channels: channels, accumulates: inputGradient.accumulates,
        into: memory.gradient(ofInput: 0, inputGradient, from: first), kernels: .best)
      return
    }
    if activation != .identity {
      Gradients.activation(
        activation, at: Pixels(memory.output(output, from: first)), gradient: pixels, count: count,
        channels: channels, accumulates: false, into: pixels, kernels: .best)
    }
    if let inputGradient {
      let target = memory.gradient(ofInput: 0, inputGradient, from: first)
      Elementwise.scaleShift(
        Pixels(pixels), scale: memory.packed, shift: zeros,
        residual: inputGradient.accumulates ? Pixels(target) : nil, count: count, channels: channels,
        .identity, into: target, kernels: .best)
    }
    if let residualGradient, !residualGradient.inPlace {
      Gradients.scaled(
        pixels, count: count, channels: channels, accumulates: residualGradient.accumulates,
        into: memory.gradient(ofInput: 1, residualGradient, from: first), kernels: .best)
    }
  }
}
