import GraphIR
import TensorCore

/// How well a weight file fits a network.
package struct ModelFit: Hashable, Sendable {
  /// The network.
  package let model: String
  /// Where in the file its tensors are, in the form that `--weights-key` takes.
  package let key: String
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

  /// The networks that a file fits: the exact ones in the order given, once for each place in the file, or, if there
  /// are none, those with at least half of their parameters matching, best first.
  package static func fits(
    of checkpoint: Checkpoint,
    among candidates: [(model: String, parameters: [Parameter], renames: [TensorRename])]
  ) -> [ModelFit] {
    let search = StateDictSearch(checkpoint.groups, main: checkpoint.mainGroup)
    let fits = candidates.flatMap { model, parameters, rules in
      let flexible = Set(parameters.lazy.filter(\.isAuxiliary).map(\.name))
      let places = search.candidates(parameters, renaming: rules, flexible: flexible)
      let exact = search.exact(places)
      return (exact.isEmpty ? Array(places.prefix(1)) : exact).map { place in
        ModelFit(
          model: model, key: search.key(place), matching: place.match.tensors.count,
          missing: place.match.missing.count, unexpected: place.match.unexpected.count,
          misshapen: place.match.misshapen.count)
      }
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
