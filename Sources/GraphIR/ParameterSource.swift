/// Where the tensors of a plan come from: a checkpoint, embedded weights, a formula.
///
/// `fill` is called once for every parameter, by several threads at a time, right before the tensor is
/// packed, so a source never needs to hold more than the file that it reads from.
package protocol ParameterSource: Sendable {
  /// Writes the elements of `parameter` in the checkpoint's order, widened or narrowed to float32.
  /// `destination` holds exactly `parameter.shape.count` floats.
  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws
}
