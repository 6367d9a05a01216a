/// What training minimizes, averaged over the samples of a batch.
package enum Loss: Hashable, Sendable {
  /// Softmax and cross-entropy; label smoothing moves the share ε = `smoothing` of the target evenly to all
  /// classes (Szegedy et al. 2016, arXiv:1512.00567, section 7).
  case crossEntropy(smoothing: Float)
  /// The criterion of LeCun, Bottou, Bengio, Haffner 1998, eq. 9, for radial basis outputs.
  ///
  /// With penalties y, the negated logits, it is y_D + log(e^-j + Σ e^-y): it lowers the penalty of the correct
  /// class D and raises those of the others, which compete; `competition` j keeps penalties that are already
  /// large from growing further.
  case radialBasis(competition: Float)
}

extension Loss: CustomStringConvertible {
  /// `cross-entropy smoothing=0.1`.
  package var description: String {
    switch self {
    case .crossEntropy(let smoothing): "cross-entropy smoothing=\(smoothing)"
    case .radialBasis(let competition): "radial-basis competition=\(competition)"
    }
  }
}
