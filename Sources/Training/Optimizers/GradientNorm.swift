/// The norm of the whole gradient, and clipping.
package enum GradientNorm {
  /// Scales the gradients in `runs` so that their joint Euclidean norm is at most `limit`, and returns the norm before.
  ///
  /// Summed in double in the order of the buffer; PyTorch's `clip_grad_norm_` with its 1e-6.
  package static func clip(
    _ gradients: UnsafeMutablePointer<Float>, _ runs: [ParameterRun], to limit: Float
  ) -> Float {
    var sum = 0.0
    for run in runs {
      for i in run.offset..<run.offset + run.count { sum += Double(gradients[i]) * Double(gradients[i]) }
    }
    let norm = Float(sum.squareRoot())
    let factor = limit / (norm + 1e-6)
    if factor < 1 {
      for run in runs { for i in run.offset..<run.offset + run.count { gradients[i] *= factor } }
    }
    return norm
  }
}
