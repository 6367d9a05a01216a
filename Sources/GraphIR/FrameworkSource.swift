/// What the reference framework's source of a network does that its graph does not show, but that tools which
/// hook modules or patch functions count.
package struct FrameworkSource: Sendable {
  /// Positions of the activations, poolings and layer norms that are function calls, not modules, among the nodes of the
  /// network without its auxiliary heads; others may be among them.
  package let functionCalls: @Sendable (_ nodes: [Node]) -> Set<Int>
  /// Whether the source pools to the size that the classifier needs even where the feature maps have it
  /// already.
  package let poolsToFit: Bool
  /// Whether the source averages the last feature maps with a tensor's `mean`, which no tool counts.
  package let averagesWithMean: Bool

  /// A description of the source; without arguments, modules throughout.
  package init(
    poolsToFit: Bool = false, averagesWithMean: Bool = false,
    functionCalls: @escaping @Sendable (_ nodes: [Node]) -> Set<Int> = { _ in [] }
  ) {
    self.poolsToFit = poolsToFit
    self.averagesWithMean = averagesWithMean
    self.functionCalls = functionCalls
  }

  /// A source that calls functions at the nodes whose path satisfies `isFunction`.
  package static func functions(
    where isFunction: @escaping @Sendable (_ node: String) -> Bool
  ) -> FrameworkSource {
    FrameworkSource { nodes in Set(nodes.indices.filter { isFunction(nodes[$0].name) }) }
  }
}
