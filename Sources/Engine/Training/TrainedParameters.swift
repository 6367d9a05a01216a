import GraphIR
import TensorCore

extension TrainingExecutor {
  /// The parameters as they are now, for an inference plan of the same network.
  package var parameterSource: any ParameterSource { TrainedParameters(self) }
}

/// The parameters of an executor, as an inference plan reads them.
private struct TrainedParameters: ParameterSource {
  private let executor: TrainingExecutor
  private let offsets: [String: Int]

  init(_ executor: TrainingExecutor) {
    self.executor = executor
    offsets = Dictionary(
      executor.plan.parameters.map { ($0.parameter.name, $0.offset) }, uniquingKeysWith: { first, _ in first }
    )
  }

  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    guard let offset = offsets[parameter.name] else { throw MissingParameter(name: parameter.name) }
    let stored = UnsafeBufferPointer(start: executor.values + offset, count: parameter.shape.count)
    _ = destination.update(fromContentsOf: stored)
  }
}

/// A parameter that the trained network does not have.
package struct MissingParameter: Error, Hashable, Sendable, CustomStringConvertible {
  /// Its name.
  package let name: String

  /// One line.
  package var description: String { "\(name): the trained network has no such parameter" }
}
