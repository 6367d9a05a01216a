import Engine
import GraphIR
import TensorCore

/// A planned network with memory for a batch, ready to run.
final class BatchRunner {
  /// Inputs in the batch.
  let batch: Int
  /// Values of one input.
  let inputCount: Int

  private let classes: Int
  private let executor: Executor
  private let inputs: Buffer
  private let logits: Buffer

  /// Takes the memory of a plan for `graph`, and reads the weights.
  ///
  /// Throws what `parameters` throws.
  init(_ graph: Graph, _ plan: Plan, parameters: any ParameterSource, threads: Int) throws {
    executor = try Executor(plan, parameters: parameters, threads: threads)
    batch = graph.input.shape.batch
    classes = graph.output.shape.channels
    inputCount = graph.input.shape.count / batch
    inputs = Buffer(repeating: 0, count: graph.input.shape.count)
    logits = Buffer(repeating: 0, count: graph.output.shape.count)
  }

  /// The memory of an input, `[C, H, W]`.
  func input(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
    unsafe UnsafeMutableBufferPointer(start: inputs.pointer + index * inputCount, count: inputCount)
  }

  /// Runs the network on the first `count` inputs, and returns their logits.
  func run(count: Int) -> [[Float]] {
    unsafe executor.run(inputs.pointer, images: count, into: logits.pointer)
    return (0..<count).map { index in
      unsafe Array(UnsafeBufferPointer(start: logits.pointer + index * classes, count: classes))
    }
  }
}
