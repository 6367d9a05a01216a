import GraphIR
import Kernels
import TensorCore

/// Dropout: in training, zeros a share of the elements and scales the others; in inference, the identity.
///
/// A pass removes it from graphs for inference.
package struct Dropout: Operator {
  package static let kind = "dropout"

  /// Share of the elements that are dropped.
  package var rate: Double

  package var description: String { "rate \(rate)" }
}

extension Scope {
  /// Dropout of a share `rate` of the elements.
  package func dropout(_ input: Value, rate: Double) throws(GraphError) -> Value {
    try add("dropout", Dropout(rate: rate), input)
  }
}

extension Dropout {
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
    DropoutTraining(
      node: request.node, rate: rate, firstImage: request.part.firstImage, input: request.inputs[0],
      output: request.output,
      inputGradient: request.inputGradients[0], gradient: request.outputGradient)
  }
}

/// Keeps an element if its noise, a function of its index, the node and the seed of the step, is above the
/// rate, and divides it by the share that is kept.
///
/// The backward pass computes the same noise again, so no mask is saved.
private struct DropoutTraining: DirectTraining {
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
    direction == .backward && inputGradient == nil ? [] : [PixelTiles(input).count]
  }

  func run(_ direction: Direction, phase: Int, item: Int, memory: TrainingMemory) {
    let (first, count) = PixelTiles(input).pixels(of: item)
    let noise = FormulaNoise(name: node, seed: memory.seed)
    let threshold = Float(2 * rate - 1)  // the noise is uniform in [-1, 1)
    let factor = rate < 1 ? Float(1 / (1 - rate)) : 0
    let channels = input.channels
    let firstPixel = firstImage * (input.pixels / input.batch)
    for pixel in first..<(first + count) {
      switch direction {
      case .forward:
        let source = memory.input(0, input, from: pixel).pointer
        let target = memory.output(output, from: pixel).pointer
        for c in 0..<channels {
          target[c] = noise[(firstPixel + pixel) * channels + c] >= threshold ? source[c] * factor : 0
        }
      case .backward:
        guard let inputGradient else { return }
        let source = memory.gradient(gradient, from: pixel).pointer
        let target = memory.gradient(ofInput: 0, inputGradient, from: pixel).pointer
        for c in 0..<channels {
          let value = noise[(firstPixel + pixel) * channels + c] >= threshold ? source[c] * factor : 0
          target[c] = inputGradient.accumulates ? target[c] + value : value
        }
      }
    }
  }
}
