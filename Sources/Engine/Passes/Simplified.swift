import GraphIR

extension Graph {
  /// The graph for another program to run: without auxiliary heads and what changes nothing in inference, and if
  /// `foldsNorms` with batch norms and scales folded into the convolutions before them.
  ///
  /// Nothing else is fused, so every node is an operator that other programs know.
  package func simplified(foldsNorms: Bool) -> Graph {
    var graph = withoutAuxiliaries()
    let passes: [Pass] = foldsNorms ? [.removeIdentities, .foldBatchNorm, .foldScale] : [.removeIdentities]
    for pass in passes { pass.rewrite(&graph) }
    return graph
  }
}
