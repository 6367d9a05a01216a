import GraphIR
import TensorCore

/// How well a weight file fits a network.
package struct ModelFit: Hashable, Sendable {
  /// The network.
  package let model: String
  /// Number of parameters with a matching tensor.
  package let matching: Int
  /// Parameters that the file lacks.
  package let missing: Int
  /// Tensors that the network does not have.
  package let unexpected: Int
  /// Tensors whose shape differs from the network's.
  package let misshapen: Int

  /// Whether the file can be loaded as it is.
  package var isExact: Bool { missing == 0 && unexpected == 0 && misshapen == 0 }

  /// The networks that a file fits: the exact ones in the order given or, if there are none, those with at least half
  /// of their parameters matching, best first.
  package static func fits(
    of tensors: [(name: String, shape: Shape)],
    among candidates: [(model: String, parameters: [Parameter])], renaming rules: [TensorRename] = []
  ) -> [ModelFit] {
    let fits = candidates.map { candidate in
      let match = StateDictMatch(candidate.parameters, with: tensors, renaming: rules)
      return ModelFit(
        model: candidate.model, matching: match.tensors.count, missing: match.missing.count,
        unexpected: match.unexpected.count, misshapen: match.misshapen.count)
    }
    let exact = fits.filter(\.isExact)
    if !exact.isEmpty { return exact }
    return
      fits
      .filter { $0.matching > 0 && $0.matching >= $0.missing + $0.misshapen }
      .sorted { ($0.differences, $1.matching) < ($1.differences, $0.matching) }
  }

  /// Tensors that keep it from being exact.
  package var differences: Int { missing + unexpected + misshapen }
}
