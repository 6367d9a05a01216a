import GraphIR
import TensorCore

/// Radial basis units: minus the squared distance of `[N, I]` to each of O fixed codes.
///
/// This is equation 7 of LeCun and others, 1998, with the sign turned: the best class scores highest.
package struct RadialBasis: Operator {
  package static let kind = "radial_basis"

  /// Number of codes, O.
  package var features: Int

  package var description: String { "\(features) codes" }
}

extension Scope {
  /// Minus the squared distance to each of `features` codes.
  package func radialBasis(
    _ name: String, _ input: Value, to features: Int
  ) throws(GraphError) -> Value {
    try add(name, RadialBasis(features: features), input)
  }
}

extension RadialBasis {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape {
    [try inputs[0].asVectors().batch, features]
  }

  /// Not a convolution or linear layer: no MACs by the convention of ``Cost/macs``.
  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { .whole }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] {
    [ParameterSpec("codes", [features, inputs[0].channels], role: .buffer)]
  }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    RadialBasisRoutine(input: request.inputs[0], output: request.output)
  }
}

private struct RadialBasisRoutine: Routine {
  let input: ActivationLayout
  let output: ActivationLayout

  var algorithm: String { "rows" }
  var packedCount: Int { output.channels * input.channels }
  func directOffset(ofParameter index: Int) -> Int? { 0 }
  func pack(_ parameters: [UnsafeBufferPointer<Float>], into packed: UnsafeMutablePointer<Float>) {}
  var sharedScratchCount: Int { 0 }
  var threadScratchCount: Int { 0 }
  var tiles: [Int] { [output.batch] }

  func run(phase: Int, tile image: Int, memory: RoutineMemory) {
    let vector = memory.inputs[0] + image * input.pixelStride
    let target = memory.output + image * output.pixelStride
    for unit in 0..<output.channels {
      let code = memory.packed + unit * input.channels
      var distance: Float = 0
      for i in 0..<input.channels {
        let difference = vector[i] - code[i]
        distance += difference * difference
      }
      target[unit] = -distance
    }
  }
}
