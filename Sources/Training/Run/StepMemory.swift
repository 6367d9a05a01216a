import Datasets
import Engine
import GraphIR
import Recipes
import TensorCore

extension TrainingPlan {
  /// Memory of a step of this plan and everything around it: gradients of the logits, the optimizer's state, the
  /// moving average of the weights.
  ///
  /// - Parameters:
  ///   - settings: The optimizer, and whether weights are averaged.
  ///   - threads: Threads that work on a step.
  /// - Returns: The bytes by purpose.
  package func stepMemory(_ settings: TrainingSettings, threads: Int) -> MemoryStatement {
    var statement = memory.statement(threads: threads)
    statement.add("loss gradients", (1 + graph.auxiliaries.count) * graph.output.shape.count * Self.float)
    statement.add("optimizer", settings.optimizer.memoryNames.count * valueBytes)
    if settings.averageDecay != nil { statement.add("averages", valueBytes) }
    return statement
  }

  /// Memory of a whole training run: its steps, the images prepared ahead, the data set, and the inference plan of the
  /// test after each epoch, which exists beside the training plan.
  ///
  /// - Parameters:
  ///   - network: The graph that was planned.
  ///   - settings: The settings of the training run.
  ///   - data: The data set.
  ///   - workers: Threads that prepare images.
  ///   - threads: Threads that work on a step.
  /// - Returns: The bytes by purpose.
  package func runMemory(
    _ network: Graph, _ settings: TrainingSettings, data: Dataset, workers: Int, threads: Int
  ) -> MemoryStatement {
    let batch = network.input.shape.count * Self.float
    var statement = stepMemory(settings, threads: threads)
    statement.add("images", BatchLoader.depth(workers: workers) * batch)
    if settings.augmentation.mixup > 0 { statement.add("mixing", workers * batch) }
    // The next epoch's order is drawn before this one's is given up.
    statement.add("order", 2 * (data.splits[.train]?.count ?? 0) * MemoryLayout<Int>.stride)
    statement.add("data set", data.heldBytes)
    let test = Plan(network, convolution: convolution)
    let building = test.memory.weightBytes + threads * test.stagingCount * Self.float
    let running =
      test.memory.peakBytes(threads: threads) + batch + network.output.shape.count * Self.float
    statement.add("test", max(building, running))
    return statement
  }

  private static let float = MemoryLayout<Float>.stride

  /// Bytes of all parameters and buffers, and of anything of the same layout.
  private var valueBytes: Int { Self.float * parameters.reduce(0) { max($0, $1.offset + $1.count) } }
}
