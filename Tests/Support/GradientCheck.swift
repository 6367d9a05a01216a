import Engine
import GraphIR
import Ops
import TensorCore

/// Compares a training step with its reference: logits directly, gradients with central differences of the reference in
/// double along random directions.
package struct GradientCheck {
  /// One of the comparisons.
  package struct Finding: CustomStringConvertible {
    /// What was compared: a logit, a parameter, a running statistic.
    package let subject: String
    /// The result of the step.
    package let found: Double
    /// The result of the reference.
    package let expected: Double
    /// The difference relative to the scale of the terms.
    package let error: Double

    /// One line.
    package var description: String { "\(subject): \(found), reference \(expected), error \(error)" }
  }

  /// The largest error among logits, directional derivatives, and running statistics.
  ///
  /// A direction changes one parameter, or `jointly` all at once, each scaled by the inverse of its gradient's norm, so
  /// that no parameter dominates.
  package static func worst(
    _ graph: Graph, name: String, threads: Int = 2, convolution: ConvolutionChoice = .automatic,
    disabled: Set<String> = [], seed: UInt64 = 7, jointly: Bool = false
  ) throws -> Finding {
    var generator = Generator(name)
    let images = generator.floats(graph.input.shape.count)
    let executor = try TrainingExecutor(
      TrainingPlan(graph, convolution: convolution, disabled: disabled), parameters: ScaledNoise(),
      threads: threads)
    let before = executor.parametersByName
    executor.forward(images, seed: seed)

    let reference = ReferenceNetwork(graph, images: images, seed: seed)
    let expected = reference.forward(before)
    var findings: [Finding] = []
    var weights: [[Float]] = []
    for (index, logits) in expected.logits.enumerated() {
      let scale = max(logits.map(abs).max() ?? 0, 1e-30)
      for (element, value) in logits.enumerated() {
        let found = Double(executor.logits(output: index)[element])
        findings.append(
          Finding(
            subject: "logit \(element) of output \(index)", found: found, expected: value,
            error: abs(found - value) / scale))
      }
      weights.append(generator.floats(logits.count))
    }
    weights.withPointers { executor.backward($0) }

    func loss(_ parameters: [String: [Double]]) -> Double {
      zip(reference.forward(parameters).logits, weights).reduce(0.0) { sum, pair in
        sum + zip(pair.0, pair.1).reduce(0.0) { $0 + $1.0 * Double($1.1) }
      }
    }
    let learning = executor.plan.parameters.filter { $0.learns }
    for slots in jointly ? [learning, learning, learning] : learning.map({ [$0] }) {
      var directions: [String: [Double]] = [:]
      var found = 0.0
      var length = 0.0
      for slot in slots {
        let gradient = (0..<slot.count).map { Double(executor.gradients[slot.offset + $0]) }
        let own = gradient.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
        let scale = jointly ? 1 / max(own, 1e-3) : 1
        let direction = generator.floats(slot.count).map { Double($0) * scale }
        directions[slot.parameter.name] = direction
        found += zip(gradient, direction).reduce(0.0) { $0 + $1.0 * $1.1 }
        // The expected product of a gradient of norm g and a random direction is about g / √3.
        length = max(length, own * scale)
      }
      let step = 1e-6
      func moved(_ factor: Double) -> [String: [Double]] {
        before.merging(directions) { value, direction in
          zip(value, direction).map { $0 + factor * step * $1 }
        }
      }
      let slope = (loss(moved(1)) - loss(moved(-1))) / (2 * step)
      findings.append(
        Finding(
          subject: slots.map(\.parameter.name).joined(separator: " "), found: found, expected: slope,
          error: abs(found - slope) / max(length, abs(slope), 1e-4)))
    }
    let after = executor.parametersByName
    let momentum = graph.nodes.reduce(into: [String: Double]()) {
      if let norm = $1.operation as? BatchNorm { $0[$1.name] = norm.momentum }
    }
    for (norm, statistics) in expected.statistics.sorted(by: { $0.key < $1.key }) {
      for (suffix, batch) in [("running_mean", statistics.mean), ("running_var", statistics.variance)] {
        let name = norm + "." + suffix
        for (channel, value) in batch.enumerated() {
          let share = momentum[norm] ?? .nan
          let expected = (1 - share) * (before[name]?[channel] ?? .nan) + share * value
          let found = after[name]?[channel] ?? .nan
          findings.append(
            Finding(
              subject: "\(name)[\(channel)]", found: found, expected: expected,
              error: abs(found - expected) / max(abs(expected), 0.1)))
        }
      }
    }
    return findings.max { ($0.error.isNaN ? .infinity : $0.error) < ($1.error.isNaN ? .infinity : $1.error) }
      ?? Finding(subject: "nothing", found: .nan, expected: .nan, error: .infinity)
  }
}

extension TrainingExecutor {
  /// All parameters and buffers in double.
  package var parametersByName: [String: [Double]] {
    Dictionary(
      plan.parameters.map { slot in
        (slot.parameter.name, (0..<slot.count).map { Double(values[slot.offset + $0]) })
      }, uniquingKeysWith: { first, _ in first })
  }
}

extension [[Float]] {
  /// Calls `body` with the addresses of all lists.
  package func withPointers<Result>(_ body: ([UnsafePointer<Float>]) -> Result) -> Result {
    let buffers = map { list in
      let buffer = UnsafeMutablePointer<Float>.allocate(capacity: Swift.max(list.count, 1))
      buffer.initialize(from: list, count: list.count)
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    return body(buffers.map { UnsafePointer($0) })
  }
}
