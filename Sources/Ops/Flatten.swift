import GraphIR
import Kernels
import TensorCore

/// Feature maps as one vector, `[N, C, H, W]` to `[N, C · H · W]`, channels outermost, as the weights of the
/// next linear layer expect.
package struct Flatten: Operator {
  package static let kind = "flatten"

  package var description: String { "" }
}

extension Scope {
  /// Feature maps as one vector.
  package func flatten(_ input: Value) throws(GraphError) -> Value {
    try add("flatten", Flatten(), input)
  }
}

extension Flatten {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = try inputs[0].asFeatureMap()
    return [input.batch, input.channels * input.height * input.width]
  }

  package func footprint(_ inputs: [Shape]) -> Footprint { .whole }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func countedWork(_ inputs: [Shape], _ output: Shape) -> CountedWork { .none }

  package func depiction(_ output: Shape) -> Depiction? { nil }

  package func onnx(_ inputs: [Shape]) -> ONNXForm {
    ONNXForm("Flatten", .input(0), attributes: [("axis", .integer(1))])
  }

  package func semantics(_ inputs: [Shape], _ parameters: [ParameterExpression]) -> Semantics { .other }

  package func fusing(
    _ neighbor: Neighbor, _ parameters: [ParameterExpression], for mode: ExecutionMode
  ) -> Fusion? { nil }

  /// A single pixel is a vector already.
  package func channelOffset(ofInput index: Int, _ inputs: [Shape], _ direction: Direction) -> Int? {
    inputs[0].height == 1 && inputs[0].width == 1 ? 0 : nil
  }

  package func byteForm(_ inputs: [Shape]) -> ByteForm { .unchanged }

  package func tuningProblem(_ request: RoutineRequest) -> TuningProblem? { nil }

  /// Activations are channels-last, so several pixels are transposed.
  ///
  /// A single pixel is a vector already, and the planner gives output and input the same memory.
  package func prepare(_ request: RoutineRequest) -> any Routine {
    FlattenRoutine(input: request.inputs[0], output: request.output, isInPlace: request.inPlace[0])
  }

  package func prepareTraining(_ request: TrainingRequest) -> any TrainingRoutine {
    FlattenTraining(
      forward: prepare(request.inference), input: request.inputs[0],
      inputGradient: request.inputGradients[0], gradient: request.outputGradient)
  }
}

private struct FlattenRoutine: PlainRoutine {
  let input: ActivationLayout
  let output: ActivationLayout
  let isInPlace: Bool

  var algorithm: String { isInPlace ? "in_place" : "transpose" }
  var workItems: [Int] { isInPlace ? [] : [input.batch] }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    if input.quantization == nil {
      transpose(memory.inputs[0], image: item, into: memory.output)
    } else {
      transpose(memory.byteInput(0), image: item, into: memory.outputBytes(output).pointer)
    }
  }

  private func transpose<Element>(
    _ source: UnsafePointer<Element>, image: Int, into target: UnsafeMutablePointer<Element>
  ) {
    let pixels = input.pixelsPerImage
    let source = source + image * pixels * input.pixelStride
    let target = target + image * output.pixelStride
    for channel in 0..<input.channels {
      for pixel in 0..<pixels {
        target[channel * pixels + pixel] = source[pixel * input.pixelStride + channel]
      }
    }
  }
}

private struct FlattenTraining: PlainTraining {
  let forward: any Routine
  let input: ActivationLayout
  let inputGradient: GradientRequest?
  let gradient: ActivationLayout

  var savedTensors: SavedTensors { SavedTensors(inputs: [false]) }
  var backwardItems: Int { inputGradient.map { $0.inPlace ? 0 : input.batch } ?? 0 }

  func runBackward(item: Int, memory: TrainingMemory) {
    guard let inputGradient else { return }
    let pixels = input.pixelsPerImage
    let stride = inputGradient.layout.pixelStride
    let source = memory.outputGradient + item * gradient.pixelStride
    let target = memory.inputGradients[0] + item * pixels * stride
    for channel in 0..<input.channels {
      for pixel in 0..<pixels {
        let value = source[channel * pixels + pixel]
        let place = pixel * stride + channel
        target[place] = inputGradient.accumulates ? target[place] + value : value
      }
    }
  }
}
