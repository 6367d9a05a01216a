import GraphIR
import Kernels
import TensorCore

/// A fully connected layer with weights of two bytes, see ``NarrowMatrix``.
///
/// With one image, weights are widened in registers, and half as many bytes are read from memory. With more,
/// the weights of a work item are widened into the scratch of the thread once for all images.
struct NarrowLinearRoutine<Matrix: NarrowMatrix>: Routine {
  private let plain: LinearRoutine
  private let weights: Matrix

  /// The layer that does the same with float32 weights, and its weights.
  init(_ plain: LinearRoutine, _ weights: Matrix) {
    self.plain = plain
    self.weights = weights
  }

  var algorithm: String { "\(plain.algorithm)_\(Matrix.type)" }
  var packing: String { "\(plain.packing)_\(Matrix.type)" }
  var packedCount: Int { weights.floats + (plain.hasBias ? plain.outputs : 0) }
  func directOffset(ofParameter index: Int) -> Int? { index == 0 ? nil : weights.floats }
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { plain.batch == 1 ? 0 : plain.outputsPerItem * plain.inputs }
  var workItems: [Int] { plain.workItems }

  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {
    guard let weight = parameters.first?.baseAddress else { return }
    weights.pack(weight, into: packed, kernels: .best)
  }

  func run(phase: Int, item: Int, memory: RoutineMemory) {
    let (first, count) = plain.outputs(of: item)
    let bias = plain.hasBias ? memory.packed + weights.floats + first : nil
    if plain.batch == 1 {
      weights.multiply(
        rows: first..<first + count, of: memory.packed, memory.inputs[0], bias: bias,
        plain.activation, into: memory.output + first, kernels: .best)
      return
    }
    weights.widen(
      rows: first..<first + count, of: memory.packed, into: memory.threadScratch, kernels: .best)
    plain.run(
      first: first, count: count, input: memory.inputs[0], weights: memory.threadScratch, bias: bias,
      output: memory.output)
  }
}
