import GraphIR
import Kernels
import TensorCore

/// Maximum or mean over a sliding window.
package struct Pool: Operator {
  package static let kind = "pool"

  /// Maximum or mean.
  package var reduction: Pooling.Kind
  /// Kernel, stride, padding.
  package var window: Window
  /// Whether a last window may hang over the end.
  package var ceilMode: Bool

  /// Whether it takes the maximum, whose backward pass needs to know where each one was.
  package var isMaximum: Bool { reduction == .maximum }

  package var description: String {
    let word = reduction == .maximum ? "max" : "average"
    return "\(word) \(window)" + (ceilMode ? ", ceil" : "")
  }
}

extension Scope {
  /// The maximum over square windows; the padding never wins.
  package func maxPool(
    _ input: Value, kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false
  ) throws(GraphError) -> Value {
    try add(
      "maxpool",
      Pool(
        reduction: .maximum, window: Window(kernel: kernel, stride: stride, padding: padding),
        ceilMode: ceilMode), input)
  }

  /// The mean over square windows.
  package func averagePool(
    _ input: Value, kernel: Int, stride: Int, padding: Int = 0, ceilMode: Bool = false,
    countsPadding: Bool = true
  ) throws(GraphError) -> Value {
    try add(
      "avgpool",
      Pool(
        reduction: .average(countsPadding: countsPadding),
        window: Window(kernel: kernel, stride: stride, padding: padding), ceilMode: ceilMode), input)
  }
}

extension Pool {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    try window.slide(over: inputs[0], channels: inputs[0].asFeatureMap().channels, ceilMode: ceilMode)
  }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { window.footprint }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    PoolRoutine(
      pooling: Pooling(
        reduction, window: window, input: request.inputs[0], output: request.output, kernels: .best))
  }
}

private struct PoolRoutine: Routine {
  let pooling: Pooling

  var algorithm: String { "rows" }
  var packedCount: Int { 0 }
  func directOffset(ofParameter index: Int) -> Int? { nil }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [pooling.rows] }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    pooling.run(row: tile, input: memory.inputs[0], output: memory.output)
  }
}
