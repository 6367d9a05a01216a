import GraphIR
import Weights
import Zoo

extension Registry {
  /// The networks that the tensors of a weight file are weights of; if there is none, the nearest ones, best first.
  ///
  /// The network that the file describes is tried as it describes it.
  package func fits(of checkpoint: Checkpoint, _ description: WeightDescription?) -> [ModelFit] {
    var fits: [ModelFit] = []
    let scheme = (try? QuantizationScheme(checkpoint)) ?? nil
    for family in families {
      // A network that cannot be built at its own size would be a fault that the tests of the zoo find.
      let candidates = family.entries.compactMap {
        entry -> (model: String, parameters: [Parameter], renames: [TensorRename])? in
        let described = description.flatMap { $0.model == entry.name ? $0 : nil }
        let graph =
          try? described.map { try Network(entry, describedBy: $0, registry: self).graph() } ?? entry.graph()
        guard var graph else { return nil }
        graph.quantization = scheme
        return (
          model: entry.name, parameters: graph.storedParameters,
          renames: entry.architecture.renames + family.renames
        )
      }
      fits += ModelFit.fits(of: checkpoint, among: candidates)
    }
    let exact = fits.filter(\.isExact)
    return exact.isEmpty ? fits.sorted { $0.differences < $1.differences } : exact
  }
}
