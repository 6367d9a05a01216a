import Engine
import GraphIR
import TensorCore

/// A network with its weights and a batch of places for inputs, ready to run.
final class Classifier {
  /// Places in the batch.
  let batch: Int
  /// Outputs for each place.
  let classes: Int
  /// Values of one input.
  let inputCount: Int

  private let executor: Executor
  private let input: Buffer
  private let logits: Buffer

  /// Plans `graph` as `planner` does it, takes its memory and reads its weights.
  ///
  /// Throws ``UnavailableError`` where the machine does not have that much memory, and what `parameters` throws.
  init(_ graph: Graph, planner: Planner, parameters: any ParameterSource, threads: Int) throws {
    let plan = try planner.plan(graph, threads: threads, for: "the plan")
    executor = try Executor(plan, parameters: parameters, threads: threads)
    batch = graph.input.shape.batch
    classes = graph.output.shape.channels
    inputCount = graph.input.shape.count / batch
    input = Buffer(repeating: 0, count: graph.input.shape.count)
    logits = Buffer(repeating: 0, count: graph.output.shape.count)
  }

  /// Where the input of a place lies, `[C, H, W]`.
  func input(at place: Int) -> UnsafeMutableBufferPointer<Float> {
    unsafe UnsafeMutableBufferPointer(start: input.pointer + place * inputCount, count: inputCount)
  }

  /// Runs the network on all places, and returns the logits of the first `count`.
  func run(count: Int) -> [[Float]] {
    unsafe executor.run(input.pointer, into: logits.pointer)
    return (0..<count).map { place in
      unsafe Array(UnsafeBufferPointer(start: logits.pointer + place * classes, count: classes))
    }
  }
}
