/// Which side of a layer keeps its variance: the values going forward, or the gradients coming back.
package enum Fan: String, Hashable, Sendable {
  case input
  case output
}

/// How the initial values of a tensor are drawn.
package enum Initializer: Hashable, Sendable {
  /// The same value everywhere.
  case constant(Float)
  /// Uniform in ±bound.
  case uniform(bound: Double)
  /// Normal with mean 0.
  case normal(deviation: Double)
  /// Normal with mean 0, redrawn beyond two standard deviations.
  case truncatedNormal(deviation: Double)
  /// Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010, eq. 16).
  case xavierUniform
  /// Normal with the variance of ``xavierUniform``.
  case xavierNormal
  /// Uniform with variance 2 / fan (He et al. 2015, arXiv:1502.01852, eq. 10).
  case heUniform(Fan)
  /// Normal with variance 2 / fan.
  case heNormal(Fan)
  /// Uniform in ±1/√fan-in: PyTorch's default for convolutions and linear layers.
  case fanInUniform
  /// Uniform in ±gain/√fan-out.
  case fanOutUniform(gain: Double)
  /// Uniform in ±2.4 / fan-in (LeCun et al. 1998, Appendix A).
  case lecunUniform
  /// Orthonormal rows or columns, whichever are fewer (Saxe et al. 2014, arXiv:1312.6120).
  case orthogonal
}
