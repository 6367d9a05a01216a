import Engine
import GraphIR
import TensorCore

extension TrainingPlan {
  /// MACs of a step: forward, and for each gradient that is wanted as many again.
  ///
  /// The first layer has none by its input; auxiliary heads count.
  package var stepMACs: Int { steps.reduce(0) { $0 + $1.node.cost.macs + $1.backwardMACs } }

  /// Times of forward passes in order, then backward passes in the order in which they run.
  package func layerTimes(_ profile: Profile) -> [LayerTime] {
    let forward = steps.indices.map { layerTime(profile, $0, .forward) }
    let backward = steps.indices.reversed().filter { steps[$0].learns }.map {
      layerTime(profile, $0, .backward)
    }
    return forward + backward
  }

  private func layerTime(_ profile: Profile, _ index: Int, _ direction: Direction) -> LayerTime {
    let step = steps[index]
    let cost = step.node.cost
    let seconds = profile.seconds[direction == .forward ? index : steps.count + index]
    let parameters = step.node.parameters.flatMap(\.tensors).reduce(0) { $0 + $1.shape.count }
    let touched = cost.bytesRead + cost.bytesWritten + parameters * MemoryLayout<Float>.stride
    return LayerTime(
      name: step.node.name, direction: direction,
      operation: "\(step.node.operation.kind) \(step.node.operation)",
      algorithm: step.routine.algorithm(direction), replacedAlgorithm: nil,
      outputShape: step.node.output.shape,
      milliseconds: seconds * 1e3,
      macs: direction == .forward ? cost.macs : step.backwardMACs,
      // Backward reads and writes the gradients of what forward reads and writes.
      bytes: direction == .forward ? touched : 2 * touched,
      // A half is several algorithms one after the other.
      bound: nil)
  }
}
