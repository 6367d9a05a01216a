import Engine
import Glibc
import GraphIR
import Support
import TensorCore

/// Softmax cross-entropy and SGD as PyTorch has them: just enough to train a network in a test.
final class SmallTraining {
  let executor: TrainingExecutor
  private let graph: Graph
  private var velocity: [Float]
  private var steps: UInt64 = 0

  init(_ graph: Graph, parameters: any ParameterSource, threads: Int, disabled: Set<String> = []) throws {
    self.graph = graph
    executor = try TrainingExecutor(
      TrainingPlan(graph, disabled: disabled), parameters: parameters, threads: threads)
    let count = executor.plan.parameters.last { $0.learns }.map { $0.offset + $0.count } ?? 0
    velocity = [Float](repeating: 0, count: count)
  }

  /// One step; returns the loss before it.
  func step(
    _ images: [Float], _ labels: [Int], rate: Float, momentum: Float = 0.9, decay: Float = 0
  ) -> Double {
    executor.forward(images, seed: steps)
    steps += 1
    var total = 0.0
    var gradients: [[Float]] = []
    let weights = [1] + graph.auxiliaries.map(\.lossWeight)
    for (output, weight) in weights.enumerated() {
      let (loss, gradient) = crossEntropy(executor.logits(output: output), labels, weight: weight)
      total += loss
      gradients.append(gradient)
    }
    gradients.withPointers { executor.backward($0) }
    for slot in executor.plan.parameters where slot.learns {
      for index in slot.offset..<slot.offset + slot.count {
        let gradient = executor.gradients[index] + decay * executor.values[index]
        velocity[index] = momentum * velocity[index] + gradient
        executor.values[index] -= rate * velocity[index]
      }
    }
    return total
  }

  private func crossEntropy(
    _ logits: UnsafePointer<Float>, _ labels: [Int], weight: Double
  ) -> (Double, [Float]) {
    let classes = graph.output.shape.channels
    var loss = 0.0
    var gradient: [Float] = []
    for (image, label) in labels.enumerated() {
      let row = (0..<classes).map { Double(logits[image * classes + $0]) }
      let largest = row.max() ?? 0
      let sum = row.reduce(0.0) { $0 + exp($1 - largest) }
      loss += (log(sum) + largest - row[label]) * weight / Double(labels.count)
      for (index, logit) in row.enumerated() {
        let probability = exp(logit - largest) / sum
        gradient.append(Float((probability - (index == label ? 1 : 0)) * weight / Double(labels.count)))
      }
    }
    return (loss, gradient)
  }
}
