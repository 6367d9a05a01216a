import GraphIR
import TensorCore

/// Dropout: zeros a share of its input in training and passes it through otherwise.
///
/// A pass removes it from every graph that is run for inference.
package struct Dropout: Operator {
  package static let kind = "dropout"

  /// Share of the elements that training drops.
  package var rate: Double

  package var description: String { "rate \(rate)" }
}

extension Scope {
  /// Dropout of a share `rate`.
  package func dropout(_ input: Value, rate: Double) throws(GraphError) -> Value {
    try add("dropout", Dropout(rate: rate), input)
  }
}

extension Dropout {
  package func outputShape(_ inputs: [Shape]) throws(ShapeError) -> Shape { inputs[0] }

  package func cost(_ inputs: [Shape], _ output: Shape) -> Cost { .streaming(inputs, output) }

  package func footprint(_ inputs: [Shape]) -> Footprint { .pixel }

  package func parameters(_ inputs: [Shape]) -> [ParameterSpec] { [] }

  package func prepare(_ request: RoutineRequest) -> any Routine {
    CopyRoutine(input: request.inputs[0], output: request.output)
  }
}
