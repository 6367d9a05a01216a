import GraphIR
import Recipes
import TensorCore

extension Initializer {
  /// Fills a tensor of `shape` whose layer has these fans, as a pure function of `generator`.
  package func fill(
    _ destination: UnsafeMutableBufferPointer<Float>, shape: Shape, fans: Fans, _ generator: CounterGenerator
  ) {
    var generator = generator
    let (into, out) = (Double(max(fans.input, 1)), Double(max(fans.output, 1)))
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
    case .uniform(let bound): uniform(bound)
    case .normal(let deviation): normal(deviation)
    case .truncatedNormal(let deviation): normal(deviation, within: 2)
    case .xavierUniform: uniform((6 / (into + out)).squareRoot())
    case .xavierNormal: normal((2 / (into + out)).squareRoot())
    case .heUniform(let fan): uniform((6 / (fan == .input ? into : out)).squareRoot())
    case .heNormal(let fan): normal((2 / (fan == .input ? into : out)).squareRoot())
    case .fanInUniform: uniform(1 / into.squareRoot())
    case .fanOutUniform(let gain): uniform(gain / out.squareRoot())
    case .lecunUniform: uniform(2.4 / into)
    case .orthogonal:
      let rows = max(shape.rank > 0 ? shape[0] : 1, 1)
      orthogonalize(destination, rows: rows, columns: destination.count / rows, &generator)
    }
  }
}
