import GraphIR
import TensorCore

/// Parameters from noise: weights that keep the scale of what passes through, batch-norm tensors that are not
/// the defaults.
package struct ScaledNoise: ParameterSource {
  /// Noise for any network.
  package init() {}

  /// Fills a parameter by its name and shape.
  package func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws {
    let noise = FormulaNoise(name: parameter.name)
    let dimensions = parameter.shape.dimensions
    let inputs = max(dimensions.dropFirst().reduce(1, *), 1)
    for index in destination.indices {
      let value = noise[index]
      destination[index] =
        if dimensions.count > 1 {
          value * (6 / Float(inputs)).squareRoot()
        } else if parameter.name.hasSuffix("running_var") || parameter.name.hasSuffix("weight")
          || parameter.name.hasSuffix("coefficient")
        {
          1 + 0.3 * value
        } else {
          0.1 * value
        }
    }
  }
}
