import GraphIR
import TensorCore

/// Weights from a formula of tensor name, index and seed, for `--random-weights` and for comparisons with a reference
/// framework that uses the same formula.
///
/// u is ``FormulaNoise`` in [-1, 1). Matrices and convolutions get u · √(6 / fan-in), the bound of He et al. 2015
/// (arXiv:1502.01852, section 2.2) for uniform values, which preserves the scale of activations; everything else is
/// near the defaults of an untrained network, but not equal to them.
package struct FormulaWeights: ParameterSource {
  private let seed: UInt64
  private let normGain: Double

  /// Weights for one seed; `normGain` scales the weights of normalization layers.
  package init(seed: UInt64 = 0, normGain: Double = 1) {
    self.seed = seed
    self.normGain = normGain
  }

  /// Fills in the values of `parameter`.
  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) {
    let noise = FormulaNoise(name: parameter.name, seed: seed)
    if parameter.shape.rank >= 2 {
      let fanIn = parameter.shape.dimensions.dropFirst().reduce(1, *)
      unsafe noise.fill(destination, amplitude: (6 / Double(fanIn)).squareRoot())
    } else if parameter.name.hasSuffix("running_var") {
      unsafe noise.fill(destination, center: 1, amplitude: 0.5)
    } else if parameter.name.hasSuffix("running_mean") || parameter.name.hasSuffix("bias") {
      unsafe noise.fill(destination, amplitude: 0.1)
    } else {
      unsafe noise.fill(destination, center: 1, amplitude: 0.2, gain: normGain)
    }
  }
}
