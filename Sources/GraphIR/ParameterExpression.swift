/// How a parameter of a node is computed from tensors of the checkpoint.
///
/// A convolution W ∗ x + b followed by a batch norm y = γ (x - μ) / √(σ² + ε) + β equals the convolution with
/// weights γ/√(σ² + ε) · W and bias γ/√(σ² + ε) · (b - μ) + β.
package enum ParameterExpression: Hashable, Sendable {
  /// The tensor itself.
  case stored(Parameter)
  /// Weights `[O, …]` with every output channel scaled by the batch norm behind them.
  case scaled(weight: Parameter, by: NormParameters)
  /// The bias `[O]` of a convolution (`nil` if it has none) and the batch norm behind it together.
  case shifted(bias: Parameter?, by: NormParameters)

  /// Weights `[O, …]` or a bias `[O]` with every output channel multiplied by the scale behind them.
  case multiplied(Parameter, by: ScaleFactor)
  /// γ/√(σ² + ε) of each channel `[C]`, for a batch norm that is applied as the input is read.
  case normScale(NormParameters)
  /// β - μγ/√(σ² + ε) of each channel `[C]`, for the same.
  case normShift(NormParameters)

  /// The checkpoint tensors that the expression reads.
  package var tensors: [Parameter] {
    switch self {
    case .stored(let parameter): [parameter]
    case .scaled(let weight, _): [weight]
    case .shifted(let bias, let norm):
      (bias.map { [$0] } ?? []) + [norm.scale, norm.shift, norm.mean, norm.variance] + norm.counters
    case .multiplied(let parameter, let factor): [parameter] + factor.tensors
    case .normScale(let norm): [norm.scale, norm.variance]
    case .normShift(let norm): [norm.shift, norm.mean] + norm.counters
    }
  }
}
