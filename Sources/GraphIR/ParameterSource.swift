/// Where a plan's tensors come from: a checkpoint, weights compiled in, a formula.
///
/// `fill` is called once for every parameter, from several threads at a time, straight before the
/// tensor is packed; a source therefore never needs to hold more than the file it reads from.
package protocol ParameterSource: Sendable {
  /// Writes the elements of `parameter` in the checkpoint's order, widened or narrowed to float32.
  /// `destination` holds exactly `parameter.shape.count` floats.
  func fill(_ parameter: Parameter, _ destination: UnsafeMutableBufferPointer<Float>) throws
}
