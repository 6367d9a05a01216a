/// How a node's parameter is made from tensors of the checkpoint.
///
/// Batch norm y = γ (x - μ) / √(σ² + ε) + β behind a convolution W ∗ x + b is the convolution with
/// weights γ/√(σ² + ε) · W and bias γ/√(σ² + ε) · (b - μ) + β.
package enum ParameterExpression: Hashable, Sendable {
  /// The tensor itself.
  case stored(Parameter)
  /// Weights `[O, …]` with every output channel scaled by the batch norm behind them.
  case scaled(weight: Parameter, by: NormParameters)
  /// The bias `[O]` that convolution (`nil`: without bias) and batch norm have together.
  case shifted(bias: Parameter?, by: NormParameters)

  /// γ/√(σ² + ε) of each channel `[C]`: a batch norm that is applied to the input of its reader.
  case normScale(NormParameters)
  /// β - μγ/√(σ² + ε) of each channel `[C]`.
  case normShift(NormParameters)

  /// The checkpoint tensors that the expression reads.
  package var tensors: [Parameter] {
    switch self {
    case .stored(let parameter): [parameter]
    case .scaled(let weight, _): [weight]
    case .shifted(let bias, let norm):
      (bias.map { [$0] } ?? []) + [norm.scale, norm.shift, norm.mean, norm.variance] + norm.counters
    case .normScale(let norm): [norm.scale, norm.variance]
    case .normShift(let norm): [norm.shift, norm.mean] + norm.counters
    }
  }
}

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
  /// `num_batches_tracked`, kept so that the graph still knows every name of the checkpoint.
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
