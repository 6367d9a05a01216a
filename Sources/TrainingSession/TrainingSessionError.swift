import Datasets
import Files

/// Why a data set or a benchmark is of no use for a network.
package enum TrainingSessionError: Error, Hashable, Sendable {
  /// Classes that are not those of the network.
  case unmatchedClasses(data: String, ClassMatchError)
  /// Benchmarked training steps whose loss became infinite or NaN.
  case benchmarkNotFinite(network: String)
}

extension TrainingSessionError: CustomStringConvertible {
  /// One line: where, what.
  package var description: String {
    switch self {
    case .unmatchedClasses(let data, let error): "\(escaped(data)): \(error)"
    case .benchmarkNotFinite(let network):
      "\(network): the loss is not finite, and such steps end early: they cannot be timed"
    }
  }
}
