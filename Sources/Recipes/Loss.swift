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
  /// The text that ``init(parsing:)`` reads: `cross-entropy smoothing=0.1`.
  package var description: String {
    switch self {
    case .crossEntropy(let smoothing): "cross-entropy smoothing=\(smoothing)"
    case .radialBasis(let competition): "radial-basis competition=\(competition)"
    }
  }

  /// Parses a ``description``.
  ///
  /// Throws ``RecipeError/invalidText(_:expected:)``.
  package init(parsing text: String) throws(RecipeError) {
    let parts = text.split(separator: "=", maxSplits: 1)
    switch (parts.first, parts.last.flatMap { Float($0) }) {
    case ("cross-entropy smoothing", let smoothing?): self = .crossEntropy(smoothing: smoothing)
    case ("radial-basis competition", let competition?): self = .radialBasis(competition: competition)
    default:
      throw .invalidText(text, expected: "cross-entropy smoothing=X, or radial-basis competition=X")
    }
  }
}
