/// What tools and papers count of an operator; each counting convention adds up some of these.
package struct CountedWork: Hashable, Sendable {
  /// Multiply-accumulates of convolutions.
  package var convolutionMACs = 0
  /// Multiply-accumulates of fully connected layers, and of layers that no tool knows.
  package var otherMACs = 0
  /// Outputs that a bias is added to.
  package var biasedOutputs = 0
  /// Elements that a batch norm normalizes.
  package var normalizedElements = 0
  /// Scales and shifts of a batch norm.
  package var normParameters = 0
  /// Elements that a layer norm normalizes.
  package var layerNormElements = 0
  /// Multiply-accumulates and biases of a linear layer at all pixels but the first of each image.
  package var repeatedLinearWork = 0
  /// Elements that an activation reads.
  package var activationInputs = 0
  /// Those of an activation that ptflops counts once, as a module or as a function.
  package var singlyCountedInputs = 0
  /// Elements that a pooling over a sliding window reads.
  package var poolInputs = 0
  /// Elements that an adaptive pooling reads.
  package var adaptivePoolInputs = 0

  /// All multiply-accumulates.
  package var macs: Int { convolutionMACs + otherMACs }

  /// Work from its parts.
  package init(
    convolutionMACs: Int = 0, otherMACs: Int = 0, biasedOutputs: Int = 0, normalizedElements: Int = 0,
    normParameters: Int = 0, layerNormElements: Int = 0, repeatedLinearWork: Int = 0,
    activationInputs: Int = 0, singlyCountedInputs: Int = 0, poolInputs: Int = 0, adaptivePoolInputs: Int = 0
  ) {
    self.convolutionMACs = convolutionMACs
    self.otherMACs = otherMACs
    self.biasedOutputs = biasedOutputs
    self.normalizedElements = normalizedElements
    self.normParameters = normParameters
    self.layerNormElements = layerNormElements
    self.repeatedLinearWork = repeatedLinearWork
    self.activationInputs = activationInputs
    self.singlyCountedInputs = singlyCountedInputs
    self.poolInputs = poolInputs
    self.adaptivePoolInputs = adaptivePoolInputs
  }

  /// Nothing that anyone counts.
  package static let none = CountedWork()

  /// Adds the work of another operator.
  package static func += (total: inout CountedWork, work: CountedWork) {
    total.convolutionMACs += work.convolutionMACs
    total.otherMACs += work.otherMACs
    total.biasedOutputs += work.biasedOutputs
    total.normalizedElements += work.normalizedElements
    total.normParameters += work.normParameters
    total.layerNormElements += work.layerNormElements
    total.repeatedLinearWork += work.repeatedLinearWork
    total.activationInputs += work.activationInputs
    total.singlyCountedInputs += work.singlyCountedInputs
    total.poolInputs += work.poolInputs
    total.adaptivePoolInputs += work.adaptivePoolInputs
  }
}
