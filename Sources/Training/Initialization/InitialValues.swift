import GraphIR
import Recipes
import TensorCore

/// The values that an untrained network starts from: a pure function of seed and parameter name.
package struct InitialValues: ParameterSource {
  private let scheme: InitializationScheme
  private let seed: UInt64
  private let fixed: [String: [Float]]

  /// Values drawn by a scheme.
  ///
  /// - Parameters:
  ///   - scheme: How the layers are initialized.
  ///   - seed: Seed of the random numbers.
  ///   - fixed: Values of the parameters that the architecture gives, by name.
  package init(_ scheme: InitializationScheme, seed: UInt64, fixed: [String: [Float]]) {
    self.scheme = scheme
    self.seed = seed
    self.fixed = fixed
  }

  /// Writes the initial values of `parameter`.
  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) {
    func draw(_ initializer: Initializer, _ fans: Fans) {
      let generator = CounterGenerator(seed: seed, FormulaNoise.key(of: parameter.name))
      (scheme.exceptions[parameter.name] ?? initializer)
        .fill(destination, shape: parameter.shape, fans: fans, generator)
    }
    switch parameter.initial {
    case .weight(let layer, let fans): draw(scheme.weight(of: layer), fans)
    case .bias(let layer, let fans): draw(scheme.bias(of: layer), fans)
    case .constant(let value): destination.update(repeating: value)
    case .uniform(let bound): draw(.uniform(bound: bound), Fans(input: 1, output: 1))
    case .fixed:
      let values = fixed[parameter.name] ?? []
      precondition(values.count >= destination.count, "\(parameter.name): the architecture gives no values")
      for i in destination.indices { destination[i] = values[i] }
    }
  }
}
