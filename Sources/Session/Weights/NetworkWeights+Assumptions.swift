import Files
import TensorCore
import Weights
import Zoo

extension NetworkWeights {
  /// Which network is assumed where a file fits several with the same tensors; `nil` if it is clear.
  ///
  /// One line with the file's path.
  package func networkAssumption(_ network: Network) -> String? {
    let twins = network.entry.twins
    guard provenance == .unknown, !twins.isEmpty, let path else { return nil }
    return "\(escaped(path)): its tensors also fit \(twins.joined(separator: ", ")), a different network;"
      + " assuming \(network.name)"
  }

  /// How the inputs of weights that nothing is known about are assumed to be prepared; `nil` if nothing is assumed.
  ///
  /// - Parameters:
  ///   - network: The network with these weights.
  ///   - preprocessing: How images are prepared; `nil` if inputs come prepared.
  ///   - changes: What the user decided about that.
  /// - Returns: One line with the file's path.
  package func preprocessingAssumption(
    _ network: Network, _ preprocessing: ImagePreprocessing?, changes: PreprocessingChanges
  ) -> String? {
    guard provenance == .unknown, let path else { return nil }
    var values = network.assumedSettings.map(\.text)
    if let preprocessing {
      values += preprocessing.values.filter { !changes.keys.contains($0.key) }.map {
        "\($0.key.rawValue)=\($0.value)"
      }
    }
    guard !values.isEmpty else { return nil }
    let source = published.map { ", as for \($0.file)" } ?? ""
    return
      "\(escaped(path)): does not say how to prepare images; assuming \(values.joined(separator: " "))\(source)"
  }
}
