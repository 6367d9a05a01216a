import GraphIR
import TensorCore

/// Which side of a layer keeps its variance: the values that come in, or the gradients that come back.
package enum Fan: String, Hashable, Sendable {
  case input
  case output
}

/// How a tensor gets its first values.
package enum Initializer: Hashable, Sendable {
  /// The same value everywhere.
  case constant(Float)
  /// Normal with mean 0.
  case normal(deviation: Double)
  /// Normal with mean 0, drawn again beyond two deviations.
  case truncatedNormal(deviation: Double)
  /// Uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010, eq. 16).
  case xavierUniform
  /// Normal with the variance of ``xavierUniform``.
  case xavierNormal
  /// Uniform with variance 2 / fan (He et al. 2015, arXiv:1502.01852, eq. 10).
  case heUniform(Fan)
  /// Normal with variance 2 / fan.
  case heNormal(Fan)
  /// Uniform in ±1/√(fan in): what PyTorch's layers have when nobody asks.
  case fanInUniform
  /// Uniform in ±2.4 / fan in (LeCun et al. 1998, Appendix A).
  case lecunUniform
  /// Orthonormal rows or columns, whichever are fewer (Saxe et al. 2014, arXiv:1312.6120).
  case orthogonal
}

extension Initializer {
  /// Fills a tensor whose layer has these fans, as a pure function of `generator`.
  package func fill(
    _ destination: UnsafeMutableBufferPointer<Float>, shape: Shape, fanIn: Int, fanOut: Int,
    _ generator: CounterGenerator
  ) {
    var generator = generator
    let (into, out) = (Double(max(fanIn, 1)), Double(max(fanOut, 1)))
    func uniform(_ bound: Double) {
      for i in destination.indices { destination[i] = Float(generator.uniform(-bound, bound)) }
    }
    func normal(_ deviation: Double, within limit: Double = .infinity) {
      for i in destination.indices {
        var value = generator.normal()
        while abs(value) > limit { value = generator.normal() }
        destination[i] = Float(value * deviation)
      }
    }
    switch self {
    case .constant(let value): destination.update(repeating: value)
    case .normal(let deviation): normal(deviation)
    case .truncatedNormal(let deviation): normal(deviation, within: 2)
    case .xavierUniform: uniform((6 / (into + out)).squareRoot())
    case .xavierNormal: normal((2 / (into + out)).squareRoot())
    case .heUniform(let fan): uniform((6 / (fan == .input ? into : out)).squareRoot())
    case .heNormal(let fan): normal((2 / (fan == .input ? into : out)).squareRoot())
    case .fanInUniform: uniform(1 / into.squareRoot())
    case .lecunUniform: uniform(2.4 / into)
    case .orthogonal:
      let rows = max(shape.rank > 0 ? shape[0] : 1, 1)
      orthogonalize(destination, rows: rows, columns: destination.count / rows, &generator)
    }
  }
}
