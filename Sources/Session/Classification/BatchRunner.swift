import Engine
import GraphIR
import Synchronization
import TensorCore

/// A planned network with memory for the inputs that run at once, ready to run.
final class BatchRunner {
  /// Inputs that run at once.
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
    batch = executor.batch
    classes = graph.output.shape.channels
    inputCount = graph.input.shape.count / graph.input.shape.batch
    inputs = Buffer(repeating: 0, count: batch * inputCount)
    logits = Buffer(repeating: 0, count: batch * classes)
  }

  /// The memory of an input, `[C, H, W]`.
  func input(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
    unsafe UnsafeMutableBufferPointer(start: inputs.pointer + index * inputCount, count: inputCount)
  }

  /// Prepares the first `count` inputs on all threads, and moves those that did not fail to the front.
  ///
  /// - Parameters:
  ///   - count: How many inputs there are.
  ///   - prepare: Fills the memory of an input, or throws; called from several threads.
  /// - Returns: What `prepare` returned or threw, in the order of the inputs.
  func fill<Prepared: Sendable, Failure: Error>(
    count: Int, _ prepare: (Int, UnsafeMutableBufferPointer<Float>) throws(Failure) -> Prepared
  ) -> [Result<Prepared, Failure>] {
    let found = Mutex<[Int: Result<Prepared, Failure>]>([:])
    executor.share(count) { index in
      let result = Result { () throws(Failure) in try unsafe prepare(index, input(index)) }
      found.withLock { $0[index] = result }
    }
    let results = found.withLock { found in (0..<count).compactMap { found[$0] } }
    var place = 0
    for (index, result) in results.enumerated() {
      guard case .success = result else { continue }
      if place != index { _ = unsafe input(place).update(fromContentsOf: UnsafeBufferPointer(input(index))) }
      place += 1
    }
    return results
  }

  /// Runs the network on the first `count` inputs, and returns their logits.
  func run(count: Int) -> [[Float]] {
    unsafe executor.run(inputs.pointer, images: count, into: logits.pointer)
    return (0..<count).map { index in
      unsafe Array(UnsafeBufferPointer(start: logits.pointer + index * classes, count: classes))
    }
  }
}
