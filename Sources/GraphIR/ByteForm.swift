/// How an operator computes where values are bytes, see ``Quantization``.
package enum ByteForm: Sendable {
  /// Not at all: it needs floats.
  case none
  /// It copies or selects values, so its inputs and its output have one quantization.
  case unchanged
  /// It rounds its results: every input and the output have a quantization of their own.
  case rounded
  /// The same with signed bytes as weights: an operator whose parameters are the weights, the scale of each output's, and
  /// the bias if there is one. Its output may be floats.
  case product(any Operator)
}
