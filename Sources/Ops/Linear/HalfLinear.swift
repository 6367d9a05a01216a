import GraphIR
import Kernels
import TensorCore

/// A fully connected layer whose weights are kept in float16, see ``HalfMatrix``.
///
/// With one image they are widened in registers, and half as many bytes come from memory. With more, a tile's
/// weights are widened into the thread's scratch once for all images.
struct HalfLinearRoutine: Routine {
  private let plain: LinearRoutine
  private let weights: HalfMatrix

  /// The layer that keeps float32 in the same tiles.
  init(_ plain: LinearRoutine) {
    self.plain = plain
    weights = HalfMatrix(rows: plain.outputs, columns: plain.inputs)
  }

  var algorithm: String { plain.algorithm + "_f16" }
  var packedCount: Int { weights.floats + (plain.hasBias ? plain.outputs : 0) }
  func directOffset(ofParameter index: Int) -> Int? { index == 0 ? nil : weights.floats }
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { plain.batch == 1 ? 0 : plain.outputsPerTile * plain.inputs }
  var tiles: [Int] { plain.tiles }

  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    guard let weight = parameters.first?.baseAddress else { return }
    weights.pack(weight, into: packed, kernels: .best)
  }

  func run(phase: Int, tile: Int, memory: RoutineMemory) {
    let (first, count) = plain.outputs(of: tile)
    let bias = plain.hasBias ? memory.packed + weights.floats + first : nil
    if plain.batch == 1 {
      weights.multiply(
        rows: first..<first + count, of: memory.packed, memory.inputs[0], bias: bias,
        activation: plain.activation, into: memory.output + first, kernels: .best)
      return
    }
    weights.widen(
      rows: first..<first + count, of: memory.packed, into: memory.threadScratch, kernels: .best)
    plain.run(
      first: first, count: count, input: memory.inputs[0], weights: memory.threadScratch, bias: bias,
      output: memory.output)
  }
}
