import GraphIR
import TensorCore

/// Trainable subsampling: the sum of each `size × size` cell, times a coefficient, plus a bias, one of
/// each a map.
///
/// LeCun, Bottou, Bengio, Haffner, "Gradient-based learning applied to document recognition", Proceedings
/// of the IEEE, 1998, section II.B.
package struct Subsample: Operator {
  package static let kind = "subsample"

  /// Side of a cell; cells do not overlap.
  package var size: Int

  package var description: String { "\(size)×\(size)" }
}

extension Scope {
  /// coefficient · (sum of each `size × size` cell) + bias.
  package func subsample(_ name: String, _ input: Value, size: Int) throws(GraphError) -> Value {
    try add(name, Subsample(size: size), input)
  }
}

extension Subsample {
  private var window: Window { Window(kernel: size, stride: size) }

  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.slide(over: inputs[0], channels: inputs[0].asFeatureMap().channels)
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    let maps: Shape = [inputs[0].channels]
    return [ParameterSpec("coefficient", maps), ParameterSpec("bias", maps)]
  }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    SubsampleRoutine(size: size, input: request.inputs[0], output: request.output)
  }
}

private struct SubsampleRoutine: Routine {
  let size: Int
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "cells" }
  var packedCount: Int { 2 * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { index * input.channels }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [output.batch * output.height] }

  func run(phase: Int, tile row: Int, memory: RoutineMemory) {
    let (image, y) = row.quotientAndRemainder(dividingBy: output.height)
    let rows = memory.inputs[0] + (image * input.height + y * size) * input.width * input.pixelStride
    let bias = memory.packed + input.channels
    for x in 0..<output.width {
      let target = memory.output + (row * output.width + x) * output.pixelStride
      target.update(repeating: 0, count: input.channels)
      for dy in 0..<size {
        for dx in 0..<size {
          let pixel = rows + (dy * input.width + x * size + dx) * input.pixelStride
          for channel in 0..<input.channels { target[channel] += pixel[channel] }
        }
      }
      for channel in 0..<input.channels {
        target[channel] = target[channel] * memory.packed[channel] + bias[channel]
      }
    }
  }
}
