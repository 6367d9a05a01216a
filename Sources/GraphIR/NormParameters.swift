/// The tensors of a batch norm, `[C]` each, and its ε.
package struct NormParameters: Hashable, Sendable {
  /// γ.
  package let scale: Parameter
  /// β.
  package let shift: Parameter
  /// μ, the running mean.
  package let mean: Parameter
  /// σ², the running variance.
  package let variance: Parameter
  /// `num_batches_tracked`: never read, but listed so that the graph knows every name in the checkpoint.
  package let counters: [Parameter]
  /// Added to the variance.
  package let epsilon: Double

  /// A batch norm's tensors.
  package init(
    scale: Parameter, shift: Parameter, mean: Parameter, variance: Parameter, counters: [Parameter],
    epsilon: Double
  ) {
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.variance = variance
    self.counters = counters
    self.epsilon = epsilon
  }
}
