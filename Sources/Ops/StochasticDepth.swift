import GraphIR
import Kernels
import TensorCore

/// Stochastic depth: in training, drops the residual branch of some of the images and scales that of the others; in
/// inference, the identity.
///
/// Huang, Sun, Liu, Sedra, Weinberger, "Deep networks with stochastic depth", ECCV 2016, section 3, for each image by itself.
/// A pass removes it from graphs for inference.
///
/// Deviation: the branches that stay are scaled in training, not all of them in inference, as in torchvision and timm.
package struct StochasticDepth: Operator {
  package static let kind = "stochastic_depth"

  /// Probability that the branch of an image is dropped.
  package var rate: Double

  package var description: String { "rate \(rate)" }
}

extension Scope {
  /// Stochastic depth that drops the branch of an image with probability `rate`.
  package func stochasticDepth(_ input: Value, rate: Double) throws(GraphError) -> Value {
    try add("stochastic_depth", StochasticDepth(rate: rate), input)
  }
}

extension StochasticDepth {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { nil }

  package func onnx(_ inputs: [Shape]) -> ONNXForm { ONNXForm() }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .identity }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? { nil }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .none }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    CopyRoutine(input: request.inputs[0], output: request.output)
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    StochasticDepthTraining(
      node: request.node, rate: rate, firstImage: request.part.firstImage, input: request.inputs[0],
      output: request.output,
      inputGradient: request.inputGradients[0], gradient: request.outputGradient)
  }

  /// The factor of an image: 0, or 1 over the share of the images that stay.
  package func factor(image: Int, node: String, seed: UInt64) -> Float {
    // The noise is uniform in [-1, 1).
    let isKept = FormulaNoise(name: node, seed: seed)[image] >= Float(2 * rate - 1)
    return isKept && rate < 1 ? Float(1 / (1 - rate)) : 0
  }
}

/// The backward pass computes the noise again.
private struct StochasticDepthTraining: DirectTraining {
  let node: String
  let rate: Double
  let firstImage: Int
  let input: ActivationLayout
  let output: ActivationLayout
  let inputGradient: GradientRequest?
  let gradient: ActivationLayout

  func algorithm(_ direction: Direction) -> String { "noise" }
  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  func workItems(_ direction: Direction) -> [Int] {
    direction == .backward && inputGradient == nil ? [] : [ImageTiles(input).count]
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    let (image, first, count) = ImageTiles(input).pixels(of: item)
    let factor = StochasticDepth(rate: rate)
      .factor(image: firstImage + image, node: node, seed: memory.seed)
    switch direction {
    case .forward:
      let target = memory.output(output, from: first)
      if factor == 0 {
        target.clear(pixels: count, channels: output.channels)
      } else {
        Elementwise.scaled(
          memory.input(0, input, from: first), by: factor, count: count, channels: output.channels,
          into: target, kernels: .best)
      }
    case .backward:
      guard let inputGradient else { return }
      let target = memory.gradient(ofInput: 0, inputGradient, from: first)
      if factor != 0 {
        Gradients.scaled(
          memory.gradient(gradient, from: first), by: factor, count: count, channels: output.channels,
          accumulates: inputGradient.accumulates, into: target, kernels: .best)
      } else if !inputGradient.accumulates {
        target.clear(pixels: count, channels: output.channels)
      }
    }
  }
}
